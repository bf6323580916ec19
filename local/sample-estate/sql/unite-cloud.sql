-- Unite Cloud: clinics and laboratories share cases. Blobs are addressed by lower-case hexadecimal SHA-256.
CREATE SCHEMA unite;

CREATE TYPE unite.sex AS ENUM ('female', 'male', 'diverse', 'unknown');
CREATE TYPE unite.case_status AS ENUM ('draft', 'submitted', 'in_design', 'in_production', 'shipped', 'closed', 'cancelled');
CREATE TYPE unite.file_kind AS ENUM ('scan', 'design', 'radiograph', 'photo', 'prescription');
CREATE TYPE unite.member_role AS ENUM ('dentist', 'assistant', 'technician', 'administrator');
CREATE TYPE unite.access_action AS ENUM ('view', 'download', 'upload', 'share', 'print', 'export');

CREATE TABLE unite.clinic (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  country char(2) NOT NULL,
  time_zone text NOT NULL,
  address jsonb NOT NULL,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE unite.lab (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  country char(2) NOT NULL,
  capabilities text[] NOT NULL,
  certified_until date,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE unite.member (
  id uuid PRIMARY KEY,
  clinic_id uuid REFERENCES unite.clinic,
  lab_id uuid REFERENCES unite.lab,
  display_name text NOT NULL,
  role unite.member_role NOT NULL,
  email_hash bytea NOT NULL CHECK (octet_length(email_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (num_nonnulls(clinic_id, lab_id) = 1)
);

CREATE TABLE unite.patient (
  id uuid PRIMARY KEY,
  clinic_id uuid NOT NULL REFERENCES unite.clinic,
  pseudonym text NOT NULL,
  birth_year smallint NOT NULL CHECK (birth_year BETWEEN 1900 AND 2100),
  sex unite.sex NOT NULL,
  identity_hash bytea NOT NULL CHECK (octet_length(identity_hash) = 32),
  consent jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (clinic_id, pseudonym)
);

CREATE TABLE unite.dental_case (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  clinic_id uuid NOT NULL REFERENCES unite.clinic,
  lab_id uuid NOT NULL REFERENCES unite.lab,
  patient_id uuid NOT NULL REFERENCES unite.patient,
  status unite.case_status NOT NULL,
  teeth smallint[] NOT NULL CHECK (cardinality(teeth) > 0),
  prescription jsonb NOT NULL,
  due_on date,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (updated_at >= created_at)
);
CREATE INDEX ON unite.dental_case (clinic_id, created_at);
CREATE INDEX ON unite.dental_case (lab_id) WHERE status NOT IN ('closed', 'cancelled');
CREATE INDEX ON unite.dental_case USING gin (prescription jsonb_path_ops);

CREATE TABLE unite.lab_order (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES unite.dental_case,
  currency char(3) NOT NULL,
  total numeric(12, 2) NOT NULL CHECK (total >= 0),
  placed_at timestamptz NOT NULL,
  delivered_at timestamptz CHECK (delivered_at >= placed_at)
);
CREATE INDEX ON unite.lab_order (case_id);

CREATE TABLE unite.order_item (
  order_id uuid NOT NULL REFERENCES unite.lab_order,
  position smallint NOT NULL,
  description text NOT NULL,
  shade text,
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price numeric(10, 2) NOT NULL,
  amount numeric(12, 2) GENERATED ALWAYS AS (quantity * unit_price) STORED,
  PRIMARY KEY (order_id, position)
);

-- content_address is NULL while the client has announced a file but has not uploaded it.
CREATE TABLE unite.case_file (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES unite.dental_case,
  uploaded_by uuid NOT NULL REFERENCES unite.member,
  kind unite.file_kind NOT NULL,
  file_name text NOT NULL,
  media_type text NOT NULL,
  content_address text CHECK (content_address ~ '^[0-9a-f]{64}$'),
  byte_size bigint CHECK (byte_size > 0),
  preview bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((content_address IS NULL) = (byte_size IS NULL))
);
CREATE INDEX ON unite.case_file (case_id);
CREATE INDEX ON unite.case_file (content_address);

CREATE TABLE unite.message (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES unite.dental_case,
  author_id uuid NOT NULL REFERENCES unite.member,
  body text NOT NULL,
  read_by uuid[] NOT NULL DEFAULT '{}',
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON unite.message (case_id, sent_at);

CREATE TABLE unite.access_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id uuid NOT NULL REFERENCES unite.member,
  patient_id uuid NOT NULL REFERENCES unite.patient,
  case_id uuid REFERENCES unite.dental_case,
  action unite.access_action NOT NULL,
  client_address inet NOT NULL,
  detail jsonb,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON unite.access_audit (patient_id, at);
