# Registers, records, forms

registers-title = Registers
registers-all = Show registers not needed yet ({ $shown })
registers-fewer = Show only those in use
registers-none = No register is open to you.
register-dormant = not in use
group-governance = Governance
group-information = Information and risk
group-people = People and training
group-vendors = Vendors and contracts
group-handling = Places, take-outs, disposal
group-assets = Devices and systems
group-checks = Inspections and audits
group-emergency = Incidents and emergencies
group-identity = Users and rights
group-signature = Signatures
group-scanning = Scanning
group-system = Akashi's own
filter-state-live = In force
list-found = { $n ->
    [one] { $shown } record
   *[other] { $shown } records
}
list-of = (of { $shown })
list-linked = Records linked to:
list-empty = This register has no record yet.
list-none = No record fits these filters.
open-short = open
open-link = not linked: choose
open-unclear = not readable
record-new = New record
record-edit = Edit
record-review = Record a review
record-values = Contents
record-blank = Nothing is filled in yet.
record-common = Administration
record-source = Where it came from
record-extra = Columns no field knows are kept as they were.
record-gaps = { $n ->
    [one] { $shown } required field is missing:
   *[other] { $shown } required fields are missing:
}
record-demands = What is demanded
demand-what = Demand
demand-items = Items
demand-state = State
demand-met = there
demand-missing = missing
demand-unknown = not checked
demand-elsewhere = in another record
record-clocks = Due
clock-done = done { $day }
clock-over = { $n ->
    [one] { $shown } day over
   *[other] { $shown } days over
}
clock-entered = entered by hand
record-findings = Findings name this record.
record-disposed = The content was disposed of; only its trace remains.
record-moves = Change the state
record-no-moves = Nothing is open to you now.
record-back = Linked from
record-version = Version
record-rev = Revision
record-changed = Changed
record-valid-from = True from
record-digest = Fingerprint
record-past = History
log-entry = log entry
move-state = Not from the present state.
move-role = Done by: { $roles }.
move-same-person = Another person than “{ $who }” has to do it.
deed-created = Created
deed-put = Changed
deed-move = Moved
deed-decide = Decided
deed-review = Reviewed
deed-attach = Attached
deed-dispose = Disposed
deed-ingest = Received
deed-import = Imported
resolve-title = Link words to a record
resolve-lead = Choose the record these words mean. Until then they count as not known.
resolve-search = Search by other words
resolve-none = No similar record was found.
resolve-legend = Candidates, likeliest first
resolve-all = Also link the other { $shown } with the same words
resolve-button = Link
resolve-make = None of them? Make a new one:
form-new-title = { $register }: new record
form-edit-title = Edit: { $name }
form-lead = Fill in what you know. Required fields may stay open when saving; verdicts then lack evidence.
form-needed = required
form-faults = { $n ->
    [one] { $shown } field needs correction. Nothing was saved yet.
   *[other] { $shown } fields need correction. Nothing was saved yet.
}
form-conflict = Somebody changed this record meanwhile. Look at the differences; save again if yours should stand.
form-draft-waits = There is a draft from
form-draft-take = Go on with it
form-draft-drop = Discard
form-draft-save = Keep as draft
form-change = About this change
form-valid-from = True from (optional)
form-valid-from-help = Empty: from the beginning. A year or month is enough
form-row = Row { $n }
form-row-new = New row
form-row-drop = Remove this row
form-rows-more = More rows
form-keep-file = keep
form-add-file = add files
form-from = from
form-to = to
fault-date = Write the date as 2026-11-22, 2026-11 or 2026.
