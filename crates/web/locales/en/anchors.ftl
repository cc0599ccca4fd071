# Anchors

nav-anchors = Anchors
done-asked = It is asked again; the outcome shows here within a minute.
done-attested = The answer was checked and is held.
done-export-again = The witness has cosigned up to another size. Write the request again and carry it there.
anchors-title = Anchors (time stamps and witnesses)
anchors-lead = The evidence log is signed with this server's key. So that nobody can rewrite the past, not even whoever holds that key, somebody outside attests what the log was at that moment.
anchors-print = Print the copy for the safe
anchors-state = How it is protected now
anchors-covered = Of { $all } entries, { $covered } are attested outside.
anchors-exposed = The newest { $open }, not attested yet, could be rewritten unnoticed by whoever has both this server and the log key.
anchors-alone = There is no anchor. Whoever holds the log key could replace the whole log, and nothing inside this hospital would show it. Add a time-stamping authority, or a witness in another hospital or building; until then print the copy and put it into a safe.
anchors-list = Anchors
anchors-kind-tsa = time-stamping authority (RFC 3161)
anchors-kind-witness = witness (C2SP)
anchors-state-refused = look into it
anchors-state-waiting = waiting
anchors-state-new = not asked yet
anchors-state-held = attested
anchors-state-off = off
anchors-last = Last attestation
anchors-held = { $n } entries ({ $at })
anchors-none-yet = none yet
anchors-state-revoked = revoked
anchors-revocation = Revocation
anchors-word-came = { $url } has answered
anchors-word-awaited = { $url } is asked from { $at } on
anchors-word-failed = { $url } could not be had ({ $why }); tried again from { $at } on
anchors-word-carry = Fetch { $url } on a machine with a network and add it with akashi anchor evidence
anchors-queue = Waiting
anchors-waiting = { $n } since { $since }
anchors-place = Address
anchors-by-file = carried as a file
anchors-when = Asked
anchors-hours = { $n ->
    [one] hour
   *[other] { $shown } hours
}
anchors-minutes = { $n ->
    [one] minute
   *[other] { $shown } minutes
}
anchors-schedule = every { $every }, or when { $n } entries are new
anchors-later = Tried again at { $at }
anchors-again = Ask again
anchors-request = Write the request to a file
anchors-answer = Take an answer in
anchors-answer-file = File of the answer
anchors-answer-send = Check and take in
anchors-copy = Compare an old copy
anchors-copy-lead = Compares a copy out of the safe with the log of today. Paste the text of its QR code, type its three lines, or choose its file.
anchors-copy-text = Text of the copy
anchors-copy-file = File of the copy
anchors-copy-send = Compare
anchors-copy-good = The log of today ({ $newest } entries) continues the copy ({ $size } entries) unchanged.
anchors-copy-unsigned = The log continues the copy ({ $size } entries), but no key of this log signed the copy: find out where it is from.
anchors-copy-shortened = Warning: the copy had { $size } entries, the log has only { $newest } now. Its end was cut off, or the whole log was replaced. Keep a copy of the data folder as it is, run akashi journal verify, and tell the witness and the auditor.
anchors-copy-replaced = Warning: the first { $size } entries of the log are not those of the copy. The log was replaced or is damaged; run akashi journal verify now. Keep a copy of the data folder as it is, and tell the witness and the auditor.
anchors-copy-other = This copy is of another log ({ $log }).
anchors-how = To add an anchor
anchors-how-text = Anchors are added by commands on the server; changes become entries of the log. Give a witness what akashi anchor key prints.
paper-title = Copy for the safe
paper-code = QR code of the whole checkpoint
