-- Anchors: somebody outside who attests checkpoints, of whatever kind; and their attestations, waiting, held, refused.

-- kind names the protocol; trust is what answers are checked with, in that kind's own text form (a witness' key, a
-- TSA's certificates); terms is JSON. seen is the size the anchor said it holds, a hint and no evidence.
create table anchor (
  id text not null primary key,
  kind text not null,
  name text not null unique,
  url text not null,
  trust text not null,
  terms text not null,
  enabled boolean not null,
  created bigint not null,
  seen bigint not null
);

-- subject is the signed checkpoint exactly as it was attested; token what the anchor answered; evidence what is needed
-- to check it in later years (certificates, revocation lists, PEM). request is kept while an answer comes by file.
create table attestation (
  anchor text not null,
  size bigint not null,
  state text not null,
  subject text not null,
  request bytea,
  tries bigint not null,
  since bigint not null,
  next_try bigint not null,
  error text,
  token bytea,
  evidence text not null,
  at bigint,
  primary key (anchor, size)
);
create index attestation_size on attestation (size);
