//! Files of hospitals: any bytes are read or refused, their tables found, their cells read as dates and numbers.
#![no_main]

use akashi_app::sheet::read::{Limits, read};
use akashi_app::sheet::values::date::DateContext;
use akashi_app::sheet::values::{number, period, read_date};
use akashi_app::sheet::{ditto, layout};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        total_bytes: 8 << 20,
        part_bytes: 4 << 20,
        rows: 5_000,
        cells: 50_000,
        text_bytes: 4 << 20,
        ..Limits::default()
    };
    let Ok(book) = read("fuzz", bytes, &limits) else { return };
    let context = DateContext { fiscal_year: Some(2026), ..DateContext::default() };
    for sheet in &book.sheets {
        for mut table in layout::tables(sheet, &layout::Lexicon::default()) {
            ditto::fill(&mut table);
            for cell in table.rows.iter().flat_map(|r| &r.cells) {
                let text = cell.shown();
                let _ =
                    (read_date(&text, &context), period::read(&text, &context), number::read(&text, Some("GB"), 1.0));
            }
        }
    }
});
