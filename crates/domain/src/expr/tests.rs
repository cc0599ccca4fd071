//! Tables of expressions and paths on a small catalogue.
