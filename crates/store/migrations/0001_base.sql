-- The whole first schema, one text for SQLite and PostgreSQL.
-- Types: text, bigint, boolean, bytea only. Instants are microseconds UTC, ids lower-case UUIDs.

create table meta (
  key text not null primary key,
  value text not null
);

-- Every version of every record. seq counts from 0 in commit order and is the index of the version's entry in the log.
-- body and reason are sealed under the record's key (crates/store/src/seal.rs).
create table record_version (
  seq bigint not null primary key,
  register text not null,
  record text not null,
  rev bigint not null,
  def_version bigint not null,
  command text not null,
  state text not null,
  code text not null,
  facility text not null,
  valid_from text,
  recorded_at bigint not null,
  author text not null,
  digest bytea not null,
  leaf_hash bytea not null,
  batch text,
  reason bytea,
  blobs text not null,
  disposed boolean not null,
  body bytea,
  unique (record, rev)
);

-- Salts and encryption of a record hang on this key; the table is kept apart from locked backups.
create table record_key (
  record text not null primary key,
  key bytea not null
);

-- Leaf bytes in C2SP bundle form. A row never crosses a multiple of 256; closed bundles are one row.
create table entry (
  first bigint not null primary key,
  count bigint not null,
  leaves bytea not null
);

-- Complete subtrees of height 8 and more; lower ones are recomputed from the leaves.
create table node (
  level bigint not null,
  number bigint not null,
  hash bytea not null,
  primary key (level, number)
);

-- The one row: how far the tree reaches, and its right edge.
create table log_state (
  id bigint not null primary key,
  size bigint not null,
  frontier bytea not null
);

create table checkpoint (
  size bigint not null primary key,
  root bytea not null,
  note text not null,
  at bigint not null
);

create table signing_key (
  id text not null primary key,
  name text not null,
  public text not null,
  seed bytea,
  created bigint not null,
  from_size bigint not null,
  until_size bigint
);

create table counter (
  prefix text not null,
  facility text not null,
  year bigint not null,
  last bigint not null,
  primary key (prefix, facility, year)
);

create table person_account (
  id text not null primary key,
  login text not null unique,
  name text not null,
  pseudonym text not null unique,
  password_hash text not null,
  roles text not null,
  lang text not null,
  facility text not null,
  personnel text,
  disabled boolean not null,
  must_change boolean not null,
  created bigint not null
);

create table session (
  token_hash bytea not null primary key,
  account text not null,
  created bigint not null,
  last_seen bigint not null,
  expires bigint not null,
  agent text not null
);
create index session_account on session (account);

create table login_failure (
  login text not null,
  at bigint not null,
  address text not null
);
create index login_failure_login on login_failure (login, at);

create table draft (
  account text not null,
  register text not null,
  record text not null,
  body text not null,
  at bigint not null,
  primary key (account, register, record)
);

create table saved_mapping (
  register text not null,
  fingerprint text not null,
  mapping text not null,
  at bigint not null,
  primary key (register, fingerprint)
);

-- On SQLite the sealed bytes are files below blobs/, on PostgreSQL the rows of blob_chunk.
create table blob (
  digest text not null primary key,
  size bigint not null,
  at bigint not null
);

create table blob_chunk (
  digest text not null,
  number bigint not null,
  bytes bytea not null,
  primary key (digest, number)
);

-- The key a content is sealed with, and on SQLite its file below blobs/: a random name, so that neither says what
-- the content was. Kept apart from locked backups, like record_key.
create table blob_key (
  digest text not null primary key,
  key bytea not null,
  file text not null
);

-- Which records name a content: the last one that is disposed of takes it along.
create table blob_use (
  digest text not null,
  record text not null,
  primary key (digest, record)
);
create index blob_use_record on blob_use (record);

create table verdict_history (
  item text not null,
  part text not null,
  at bigint not null,
  as_of text not null,
  verdict text not null,
  detail text not null,
  primary key (item, part, at)
);
