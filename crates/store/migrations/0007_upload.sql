-- Files that wait for their import to be confirmed, sealed; `name` is a hash of what the sender's browser has, `half` one
-- of two halves of the key. Work in progress: no backup holds it.
create table upload (
  name text not null primary key,
  account text not null,
  at bigint not null,
  size bigint not null,
  parts bigint not null,
  half bytea not null,
  state bytea not null
);
create index upload_account on upload (account);

create table upload_part (
  name text not null,
  number bigint not null,
  since bigint not null,
  bytes bytea not null,
  primary key (name, number)
);
