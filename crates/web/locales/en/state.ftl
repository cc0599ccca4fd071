# State of the installation

nav-state = System state
state-title = System state
state-lead = Whether this Akashi itself keeps going: what is late, and what to do next.
state-concerns = To do
state-all-good = Nothing is late.
state-good = in order
state-look = look into it
state-bad = act now
state-none = not set up
state-never = none yet
state-backup = Backup
state-last = Last done
state-place = Place
state-keys = Keys kept at
state-chain = Generation
state-chain-piece = { $chain } (pieces: { $pieces })
state-last-size = Size of the last piece
state-size = Size
state-locked = Locked until
state-unsaved = Entries not in it yet
state-drill = Restore drill
state-result = Result
state-drill-ok = everything came back as it was
state-drill-failed = it did not come back
state-restored = Entries restored
state-took = Time taken
state-filed = Filed in
state-every = Done every
count-entries = { $n ->
    [one] 1 entry
   *[other] { $shown } entries
}
span-seconds = { $n ->
    [one] 1 second
   *[other] { $shown } seconds
}
state-log = Evidence log
state-entries = Entries
state-checkpoint = Newest checkpoint
state-behind = Waiting for a signature
state-not-behind = none
state-origin = Name of the log
state-epoch = Epoch of the log
state-epoch-text = { $n ->
    [one] the first; never changed by a restore
   *[other] number { $shown }, opened by a restore
}
state-anchors = Anchors
state-attested = Attested outside
state-attested-of = { $covered } of { $all } entries
state-to-anchors = To the anchors
state-database = Database
state-kind = Kind
state-files = Attached files
state-files-text = { $n } ({ $size })
state-program = Program and catalogue
state-version = Version of Akashi
state-catalogue = Catalogue
state-catalogue-text = { $registers } registers, { $items } items, { $parts } parts
state-digest = Digest of the catalogue
state-first-digest = Digest when installed
state-created = Installed
state-script = For monitoring there are akashi status --json and the JSON of this page.
state-json = Show as JSON
