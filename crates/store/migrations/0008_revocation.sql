-- Whether certificates of time-stamping authorities were revoked: where that can be asked, and what was answered.

-- A place that speaks of the certificates of an anchor's stamps. kind is list or ocsp; about the SHA-256 of the certificate
-- whose word it is: the issuer's for a list, the certificate itself for an OCSP responder; id a hash of the four. wanted is
-- the time of the newest stamp that word made later would settle. tries to error are hints of the queue.
create table revocation_source (
  id text not null primary key,
  anchor text not null,
  kind text not null,
  url text not null,
  about text not null,
  certificate bytea not null,
  issuer bytea not null,
  wanted bigint not null,
  tries bigint not null,
  since bigint not null,
  next_try bigint not null,
  error text
);
create index revocation_source_anchor on revocation_source (anchor);

-- An authentic answer (DER), by its SHA-256.
create table revocation (
  source text not null,
  digest text not null,
  this_update bigint not null,
  next_update bigint,
  fetched bigint not null,
  bytes bytea not null,
  primary key (source, digest)
);
create index revocation_time on revocation (source, this_update);
