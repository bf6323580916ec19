-- LMS: laboratory management with an append-only, gap-free event log. Blobs are addressed as 'sha256:<hex>'.
CREATE SCHEMA lms;

CREATE TYPE lms.job_status AS ENUM ('received', 'planned', 'in_work', 'finished', 'delivered', 'complaint');
CREATE TYPE lms.step_kind AS ENUM ('scan', 'design', 'mill', 'sinter', 'stain', 'polish', 'check', 'pack');
CREATE TYPE lms.machine_kind AS ENUM ('scanner', 'mill', 'printer', 'furnace');
CREATE TYPE lms.document_kind AS ENUM ('work_sheet', 'design', 'photo', 'invoice', 'certificate');

CREATE TABLE lms.customer (
  id uuid PRIMARY KEY,
  number integer NOT NULL UNIQUE,
  name text NOT NULL,
  address jsonb NOT NULL,
  discount numeric(5, 2) NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND 100),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE lms.technician (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  skills lms.step_kind[] NOT NULL,
  badge_hash bytea NOT NULL CHECK (octet_length(badge_hash) = 32),
  active boolean NOT NULL DEFAULT true
);

CREATE TABLE lms.material (
  id uuid PRIMARY KEY,
  article text NOT NULL UNIQUE,
  name text NOT NULL,
  unit text NOT NULL CHECK (unit IN ('g', 'piece', 'ml')),
  price numeric(10, 4) NOT NULL,
  properties jsonb NOT NULL
);

CREATE TABLE lms.batch (
  id uuid PRIMARY KEY,
  material_id uuid NOT NULL REFERENCES lms.material,
  lot text NOT NULL,
  quantity numeric(12, 3) NOT NULL CHECK (quantity >= 0),
  received_at timestamptz NOT NULL,
  expires_on date,
  UNIQUE (material_id, lot)
);

CREATE TABLE lms.machine (
  id uuid PRIMARY KEY,
  serial text NOT NULL UNIQUE,
  kind lms.machine_kind NOT NULL,
  model text NOT NULL,
  calibration jsonb NOT NULL,
  installed_on date NOT NULL
);

CREATE TABLE lms.job (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  customer_id uuid NOT NULL REFERENCES lms.customer,
  status lms.job_status NOT NULL,
  teeth smallint[] NOT NULL,
  specification jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  due_on date NOT NULL,
  completed_at timestamptz CHECK (completed_at >= received_at)
);
CREATE INDEX ON lms.job (customer_id, received_at);
CREATE INDEX ON lms.job (due_on) WHERE completed_at IS NULL;

CREATE TABLE lms.job_step (
  job_id uuid NOT NULL REFERENCES lms.job,
  position smallint NOT NULL,
  kind lms.step_kind NOT NULL,
  technician_id uuid NOT NULL REFERENCES lms.technician,
  machine_id uuid REFERENCES lms.machine,
  batch_id uuid REFERENCES lms.batch,
  quantity numeric(10, 3),
  parameters jsonb,
  started_at timestamptz,
  finished_at timestamptz CHECK (finished_at >= started_at),
  PRIMARY KEY (job_id, position)
);
CREATE INDEX ON lms.job_step (batch_id);

-- content_address is NULL for a document that exists on paper only.
CREATE TABLE lms.document (
  id uuid PRIMARY KEY,
  job_id uuid REFERENCES lms.job,
  kind lms.document_kind NOT NULL,
  title text NOT NULL,
  media_type text NOT NULL,
  content_address text CHECK (content_address ~ '^sha256:[0-9a-f]{64}$'),
  byte_size bigint CHECK (byte_size > 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((content_address IS NULL) = (byte_size IS NULL))
);
CREATE INDEX ON lms.document (job_id);
CREATE INDEX ON lms.document (content_address);

CREATE TABLE lms.invoice (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  customer_id uuid NOT NULL REFERENCES lms.customer,
  document_id uuid REFERENCES lms.document,
  currency char(3) NOT NULL,
  net numeric(12, 2) NOT NULL,
  vat_rate numeric(5, 2) NOT NULL,
  gross numeric(12, 2) GENERATED ALWAYS AS (round(net * (1 + vat_rate / 100), 2)) STORED,
  issued_at timestamptz NOT NULL,
  paid_at timestamptz CHECK (paid_at >= issued_at)
);

CREATE TABLE lms.invoice_line (
  invoice_id uuid NOT NULL REFERENCES lms.invoice,
  position smallint NOT NULL,
  job_id uuid NOT NULL REFERENCES lms.job,
  description text NOT NULL,
  amount numeric(12, 2) NOT NULL,
  PRIMARY KEY (invoice_id, position)
);

CREATE TABLE lms.event_log_head (
  log text PRIMARY KEY,
  last_sequence bigint NOT NULL,
  last_hash bytea NOT NULL CHECK (octet_length(last_hash) = 32)
);
INSERT INTO lms.event_log_head VALUES ('lms.event_log', 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE lms.event_log (
  sequence bigint PRIMARY KEY CHECK (sequence > 0),
  event_type text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL,
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
CREATE INDEX ON lms.event_log (at);

-- SHA-256 over the previous hash and the event's lines: sequence, type, microseconds since 1970, payload as text.
CREATE FUNCTION lms.event_hash(previous bytea, sequence bigint, event_type text, at timestamptz, payload jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(previous || convert_to(
  sequence::text || E'\n' || event_type || E'\n' || (extract(epoch FROM at) * 1000000)::bigint::text || E'\n' || payload::text,
  'UTF8'));

-- The only way to append: locks the log's head, so that sequences have no gap and chain in commit order.
-- events: [{"event_type": …, "payload": {…}, "at": …}, …]; returns the last sequence.
CREATE FUNCTION lms.append_events(events jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  head lms.event_log_head;
  event record;
  next_hash bytea;
BEGIN
  SELECT * INTO STRICT head FROM lms.event_log_head WHERE log = 'lms.event_log' FOR UPDATE;
  FOR event IN
    SELECT entry ->> 'event_type' AS event_type, entry -> 'payload' AS payload, (entry ->> 'at')::timestamptz AS at
    FROM jsonb_array_elements(events) WITH ORDINALITY AS list (entry, position) ORDER BY position
  LOOP
    head.last_sequence := head.last_sequence + 1;
    next_hash := lms.event_hash(head.last_hash, head.last_sequence, event.event_type, event.at, event.payload);
    INSERT INTO lms.event_log (sequence, event_type, payload, at, previous_hash, hash)
    VALUES (head.last_sequence, event.event_type, event.payload, event.at, head.last_hash, next_hash);
    head.last_hash := next_hash;
  END LOOP;
  UPDATE lms.event_log_head SET last_sequence = head.last_sequence, last_hash = head.last_hash
  WHERE log = 'lms.event_log';
  RETURN head.last_sequence;
END;
$$;
