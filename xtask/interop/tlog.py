"""Reads a log with aics-tlog (PyPI), code that shares nothing with ours: python tlog.py FOLDER

FOLDER holds a log in the tlog-tiles layout and `interop.json`, which names keys, an older checkpoint and proofs. Checked:
log keys, witness, every tile against every bundle, inclusion and consistency by our proofs and by its own.
"""
import base64
import json
import sys

import aics_tlog as tlog

folder = sys.argv[1]


def read(name):
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


about = json.loads(read("interop.json"))
witnesses = [tlog.parse_vkey(key) for key in about["witnesses"]]


def checkpoint(note):
    note = tlog.parse_note(note)
    for key in about["log"]:
        result = tlog.verify_checkpoint(note, tlog.parse_vkey(key), witnesses, quorum=len(witnesses))
        assert result.ok, result
    return tlog.parse_checkpoint(note.text)


newest, older = checkpoint(read("checkpoint")), tlog.parse_checkpoint(tlog.parse_note(read("older")).text)
size, root = newest.size, newest.root
reader = tlog.FileSystemTileReader(folder)
print("audit", tlog.audit_tiles(reader, size, root))
proof = [base64.b64decode(line) for line in read("consistency").split()]
assert tlog.verify_consistency(older.size, size, older.root, root, proof), "consistency"
verified = tlog.VerifiedTileReader(reader, size, root)
for index in about["proofs"]:
    head, note = read(f"{index}.tlog-proof").split(b"\n\n", 1)
    first, second, *hashes = head.decode().split("\n")
    assert (first, second) == ("c2sp.org/tlog-proof@v1", f"index {index}"), head
    hashes = [base64.b64decode(line) for line in hashes]
    assert checkpoint(note).root == root
    entry = read(f"{index}.entry")
    assert verified.entry(index) == entry, index
    assert tlog.verify_leaf_inclusion(entry, index, size, hashes, root), index
    assert tlog.inclusion_proof_from_tiles(verified, index, size) == hashes, index
print(f"accepted: {size} entries")
