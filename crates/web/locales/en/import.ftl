# Importing

import-title = Import from Excel or CSV
import-lead = Your ledgers are read as they are. You see the result first and import afterwards.
import-guess = Judge by the file name
import-files = Files (several are possible)
import-files-help = xlsx or CSV (UTF-8 or Shift_JIS). Together at most
import-look = Look at it first
import-how = How importing works
import-how-1 = Rows are kept even when something is blank or cannot be read; put it right later.
import-how-2 = Columns nobody knows are kept as well.
import-how-3 = Importing a file twice changes nothing; a corrected file brings only its differences.
import-which = It is not clear which register this is for. Choose one.
import-no-file = Choose a file.
import-preview-title = Before importing: { $register }
import-done-title = Imported: { $register }
import-preview-lead = Nothing has been changed yet.
import-done = Imported. Verdicts have been computed again.
import-kept = The mapping chosen for this layout last time is used.
import-rows = Rows read
import-new = New
import-changed = Changed
import-unchanged = Unchanged
import-linked = Linked now
import-missing = Not in the file
import-rejected = Not taken
import-unmapped = Columns without a field
import-skip = Leave this table out
import-constant = (for all rows)
import-mapping = Columns and fields
import-columns = { $n ->
    [one] 1 column
   *[other] { $shown } columns
}
import-unsure = { $shown } to look at
import-all-sure = all sure
import-column = Column of the file
import-field = Field of the register
import-trust = Confidence
import-trust-sure = sure
import-trust-likely = likely
import-trust-doubtful = please check
import-trust-none = no field
import-extra = (kept as extra data)
import-changes = What changes
import-notes = Notes on how it was read
import-skipped = Rows that are no data
import-more = { $n ->
    [one] { $shown } more.
   *[other] { $shown } more.
}
import-confirm = Import
import-again = Look again with this mapping
import-next = Import another file
