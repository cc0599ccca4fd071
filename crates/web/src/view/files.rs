//! Files of a record: which of them a reader may take.

use akashi_domain::verdict::Evaluator;
use akashi_domain::{Value, Version};

use crate::guard::seat::Seat;

/// Returns the name of the file with this digest, when a field the reader may see names it.
pub(crate) fn name(seat: &Seat, evaluator: &Evaluator, version: &Version, digest: &str) -> Option<String> {
    let register = evaluator.catalog().register(version.register);
    let fields = register.fields().iter().enumerate().filter(|(_, f)| seat.sees(evaluator, f));
    let mut values = Vec::new();
    for (ix, field) in fields {
        match version.cell(ix) {
            Value::Rows(rows) => {
                for row in rows {
                    let seen = row.cells.iter().zip(field.rows()).filter(|(_, f)| seat.sees(evaluator, f));
                    values.extend(seen.map(|(v, _)| v));
                }
            }
            value => values.push(value),
        }
    }
    let files = values.into_iter().filter_map(|v| if let Value::Files(files) = v { Some(files) } else { None });
    files.flatten().find(|f| *f.digest == *digest).map(|f| f.name.to_string())
}
