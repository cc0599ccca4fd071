//! What stands before every handler: headers, origin, session, form tokens, the request log.

pub(crate) mod cookie;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod kept;
pub(crate) mod log;
pub(crate) mod origin;
pub(crate) mod seat;
