-- Cloud Storage: objects encrypted by the client, every change signed. Blobs are addressed by the SHA-256 (bytea) of
-- the ciphertext; change_record.jws is the signed truth and the other tables are what the service derived from it.
CREATE SCHEMA cloudstorage;

CREATE TYPE cloudstorage.device_kind AS ENUM ('scanner', 'workstation', 'mill', 'tablet');
CREATE TYPE cloudstorage.operation AS ENUM ('create', 'update', 'delete');
CREATE TYPE cloudstorage.sync_outcome AS ENUM ('complete', 'partial', 'failed');

CREATE TABLE cloudstorage.trust_anchor (
  name text PRIMARY KEY,
  certificate_pem text NOT NULL,
  not_after timestamptz NOT NULL
);

CREATE TABLE cloudstorage.revocation_list (
  issuer text PRIMARY KEY,
  list_pem text NOT NULL,
  this_update timestamptz NOT NULL,
  next_update timestamptz NOT NULL CHECK (next_update > this_update)
);

-- public_key: uncompressed P-384 point, the recipient of the tenant's objects. The service never holds its private key.
CREATE TABLE cloudstorage.tenant (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 97),
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE cloudstorage.device (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES cloudstorage.tenant,
  name text NOT NULL,
  kind cloudstorage.device_kind NOT NULL,
  certificate_serial text NOT NULL UNIQUE,
  certificate_pem text NOT NULL,
  enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at timestamptz
);

CREATE TABLE cloudstorage.object (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES cloudstorage.tenant,
  created_by uuid NOT NULL REFERENCES cloudstorage.device,
  sealed_name bytea NOT NULL,
  labels text[] NOT NULL DEFAULT '{}',
  current_version integer NOT NULL CHECK (current_version > 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz
);
CREATE INDEX ON cloudstorage.object (tenant_id) WHERE deleted_at IS NULL;

-- All versions of a live object are kept; deleting the object clears content_digest and sets purged_at.
CREATE TABLE cloudstorage.object_version (
  object_id uuid NOT NULL REFERENCES cloudstorage.object,
  version integer NOT NULL CHECK (version > 0),
  content_digest bytea CHECK (octet_length(content_digest) = 32),
  byte_size bigint NOT NULL CHECK (byte_size > 0),
  created_by uuid NOT NULL REFERENCES cloudstorage.device,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  purged_at timestamptz,
  PRIMARY KEY (object_id, version),
  CHECK ((content_digest IS NULL) = (purged_at IS NOT NULL))
);
CREATE INDEX ON cloudstorage.object_version (content_digest);

CREATE TABLE cloudstorage.change_log_head (
  log text PRIMARY KEY,
  last_sequence bigint NOT NULL,
  last_hash bytea CHECK (octet_length(last_hash) = 32)
);
INSERT INTO cloudstorage.change_log_head VALUES ('cloudstorage.change_record', 0, NULL);

CREATE TABLE cloudstorage.change_record (
  sequence bigint PRIMARY KEY CHECK (sequence > 0),
  object_id uuid NOT NULL REFERENCES cloudstorage.object,
  device_id uuid NOT NULL REFERENCES cloudstorage.device,
  operation cloudstorage.operation NOT NULL,
  at timestamptz NOT NULL,
  record_hash bytea NOT NULL UNIQUE CHECK (octet_length(record_hash) = 32),
  jws text NOT NULL
);
CREATE INDEX ON cloudstorage.change_record (object_id, sequence);

CREATE TABLE cloudstorage.object_share (
  object_id uuid NOT NULL REFERENCES cloudstorage.object,
  device_id uuid NOT NULL REFERENCES cloudstorage.device,
  wrapped_key bytea NOT NULL,
  granted_at timestamptz NOT NULL,
  PRIMARY KEY (object_id, device_id)
);

CREATE TABLE cloudstorage.sync_session (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id uuid NOT NULL REFERENCES cloudstorage.device,
  outcome cloudstorage.sync_outcome NOT NULL,
  bytes_sent bigint NOT NULL,
  bytes_received bigint NOT NULL,
  detail jsonb,
  started_at timestamptz NOT NULL,
  finished_at timestamptz CHECK (finished_at >= started_at)
);
CREATE INDEX ON cloudstorage.sync_session (device_id, started_at);

CREATE TABLE cloudstorage.object_access (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  object_id uuid NOT NULL REFERENCES cloudstorage.object,
  device_id uuid NOT NULL REFERENCES cloudstorage.device,
  action text NOT NULL CHECK (action IN ('read', 'list', 'share')),
  at timestamptz NOT NULL
);
CREATE INDEX ON cloudstorage.object_access (object_id, at);

CREATE TABLE cloudstorage.quota_sample (
  tenant_id uuid NOT NULL REFERENCES cloudstorage.tenant,
  day date NOT NULL,
  used_bytes numeric(20, 0) NOT NULL,
  object_count integer NOT NULL,
  PRIMARY KEY (tenant_id, day)
);
