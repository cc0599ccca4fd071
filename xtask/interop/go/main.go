// Reads a log with Go's own sumdb code (golang.org/x/mod/sumdb/note and tlog, out of the Go distribution) and checks
// ML-DSA-44 signatures with Go's crypto/mldsa. Nothing of it is shared with ours: main FOLDER
//
// FOLDER holds a log in the tlog-tiles layout and interop.json, which names keys, an older checkpoint and proofs.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var folder string

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func require(ok bool, what string) {
	if !ok {
		check(errors.New(what))
	}
}

func read(name string) []byte {
	bytes, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	return bytes
}

// about is interop.json.
type about struct {
	Log         []string // Ed25519 keys of the log
	LogPQ       []string `json:"log_pq"` // its ML-DSA-44 keys
	Witnesses   []string
	WitnessesPQ []string `json:"witnesses_pq"`
	Proofs      []int64
}

// cosigner verifies timed signatures: type 4 (Ed25519) and type 6 (ML-DSA-44) of c2sp.org/tlog-cosignature.
type cosigner struct {
	name   string
	id     uint32
	kind   byte
	public []byte
}

func newCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	data, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	require(fmt.Sprintf("%x", hash[:4]) == parts[1], "key id of "+parts[0])
	return cosigner{parts[0], binary.BigEndian.Uint32(hash[:]), data[0], data[1:]}
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }

func (c cosigner) Verify(text, signature []byte) bool {
	time, signature := signature[:8], signature[8:]
	if c.kind == 4 {
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(time), text)
		return ed25519.Verify(c.public, []byte(message), signature)
	}
	origin, size, root := statement(string(text))
	message := append([]byte("subtree/v1\n\x00"), byte(len(c.name)))
	message = append(append(message, c.name...), time...)
	message = append(append(message, byte(len(origin))), origin...)
	message = binary.BigEndian.AppendUint64(message, 0)
	message = binary.BigEndian.AppendUint64(message, uint64(size))
	message = append(message, root[:]...)
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), c.public)
	return err == nil && mldsa.Verify(public, message, signature, nil) == nil
}

// statement reads the text of a checkpoint.
func statement(text string) (origin string, size int64, root tlog.Hash) {
	lines := strings.Split(text, "\n")
	_, err := fmt.Sscan(lines[1], &size)
	check(err)
	root, err = tlog.ParseHash(lines[2])
	check(err)
	return lines[0], size, root
}

// open demands the signatures of all verifiers.
func open(bytes []byte, verifiers []note.Verifier) (int64, tlog.Hash) {
	opened, err := note.Open(bytes, note.VerifierList(verifiers...))
	check(err)
	require(len(opened.Sigs) == len(verifiers), fmt.Sprintf("%d signatures of %d keys", len(opened.Sigs), len(verifiers)))
	_, size, root := statement(opened.Text)
	return size, root
}

// tiles serves the folder to tlog, whose paths carry the height.
type tiles struct{}

func (tiles) Height() int                          { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (tiles) ReadTiles(wanted []tlog.Tile) (out [][]byte, err error) {
	for _, tile := range wanted {
		out = append(out, read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
	}
	return out, nil
}

// entries calls take with every entry of the log.
func entries(size int64, take func(index int64, entry []byte)) {
	for first := int64(0); first < size; first += 256 {
		width := min(256, size-first)
		path := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(width)}.Path()
		bundle := read(strings.Replace(path, "tile/8/data/", "tile/entries/", 1))
		for index := first; index < first+width; index++ {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			take(index, bundle[2:end])
			bundle = bundle[end:]
		}
		require(len(bundle) == 0, "bytes after the last entry of "+path)
	}
}

func main() {
	folder = os.Args[1]
	var about about
	check(json.Unmarshal(read("interop.json"), &about))
	var log, all []note.Verifier
	for _, key := range about.Log {
		verifier, err := note.NewVerifier(key)
		check(err)
		log = append(log, verifier)
	}
	for _, key := range about.LogPQ {
		log = append(log, newCosigner(key))
	}
	all = append(all, log...)
	for _, key := range append(about.Witnesses, about.WitnessesPQ...) {
		all = append(all, newCosigner(key))
	}
	size, root := open(read("checkpoint"), all)
	_, oldSize, oldRoot := statement(string(read("older")))

	// The whole log: every entry hashed into a tree of Go's own making.
	var hashes []tlog.Hash
	stored := tlog.HashReaderFunc(func(wanted []int64) (out []tlog.Hash, err error) {
		for _, place := range wanted {
			out = append(out, hashes[place])
		}
		return out, nil
	})
	leaves := map[int64]tlog.Hash{}
	entries(size, func(index int64, entry []byte) {
		leaves[index] = tlog.RecordHash(entry)
		more, err := tlog.StoredHashes(index, entry, stored)
		check(err)
		hashes = append(hashes, more...)
	})
	whole, err := tlog.TreeHash(size, stored)
	check(err)
	require(whole == root, "the entries have another root")

	// Proofs out of the tiles, and those we made.
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{})
	grown, err := tlog.ProveTree(size, oldSize, reader)
	check(err)
	check(tlog.CheckTree(grown, size, root, oldSize, oldRoot))
	var lines []string
	for _, hash := range grown {
		lines = append(lines, hash.String()+"\n")
	}
	require(strings.Join(lines, "") == string(read("consistency")), "the consistency proofs differ")
	for index := int64(0); index < size; index += 1 + size/100 {
		proof, err := tlog.ProveRecord(size, index, reader)
		check(err)
		check(tlog.CheckRecord(proof, size, root, index, leaves[index]))
	}
	for _, index := range about.Proofs {
		head, checkpoint, _ := bytes.Cut(read(fmt.Sprintf("%d.tlog-proof", index)), []byte("\n\n"))
		lines := strings.Split(string(head), "\n")
		require(lines[0] == "c2sp.org/tlog-proof@v1" && lines[1] == fmt.Sprintf("index %d", index), "head of a proof")
		var proof tlog.RecordProof
		for _, line := range lines[2:] {
			hash, err := tlog.ParseHash(line)
			check(err)
			proof = append(proof, hash)
		}
		proofSize, proofRoot := open(checkpoint, log)
		entry := read(fmt.Sprintf("%d.entry", index))
		check(tlog.CheckRecord(proof, proofSize, proofRoot, index, tlog.RecordHash(entry)))
	}
	fmt.Printf("accepted: %d entries\n", size)
}
