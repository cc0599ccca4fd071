//! Tiles: paths, sets, bytes, and proofs made from tiles alone.

use crate::merkle::leaves;
use akashi_journal::Digest;
use akashi_journal::merkle::{MemoryTree, NodeId, leaf_hash, prove_consistency, prove_inclusion};
use akashi_journal::tile::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn hashes(level: u8, index: u64, width: u16) -> TileId {
    TileId::new(TileKind::Hashes(level), index, width).unwrap()
}

#[test]
fn paths_of_the_specification() {
    let table = [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(0, 273, 112), "tile/0/273.p/112"),
        (hashes(1, 1, 17), "tile/1/001.p/17"),
        (hashes(63, 1_234_067, 256), "tile/63/x001/x234/067"),
        (hashes(2, u64::MAX, 1), "tile/2/x018/x446/x744/x073/x709/x551/615.p/1"),
        (TileId::new(TileKind::Entries, 1000, 3).unwrap(), "tile/entries/x001/000.p/3"),
    ];
    for (id, path) in table {
        assert_eq!(id.to_string(), path);
        assert_eq!(path.parse(), Ok(id));
    }
}

#[test]
fn other_paths_are_refused() {
    let refused = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/00/001",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/",
        "tile/0/001/000",
        "tile/0/+01",
        "tile/0/000/",
        "tile/0/000.p/1.p/1",
        "tile/entries/../000",
        "tile/Entries/000",
        "tile/data/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/００１",
    ];
    for path in refused {
        assert!(matches!(path.parse::<TileId>(), Err(TileIdError::Path { .. })), "{path}");
    }
    assert_eq!(TileId::new(TileKind::Entries, 0, 0), Err(TileIdError::Width { width: 0 }));
    assert_eq!(TileId::new(TileKind::Entries, 0, 257), Err(TileIdError::Width { width: 257 }));
    assert_eq!(TileId::new(TileKind::Hashes(64), 0, 1), Err(TileIdError::Level { level: 64 }));
}

/// The example of the specification: 70,000 leaves.
#[test]
fn tiles_of_a_tree() {
    let tiles: Vec<_> = hash_tiles_between(0, 70_000).collect();
    assert_eq!(tiles.len(), 274 + 2 + 1);
    let partial: Vec<_> = tiles.iter().filter(|id| id.is_partial()).map(ToString::to_string).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    assert_eq!(bundles_between(0, 70_000).last().unwrap().to_string(), "tile/entries/273.p/112");
    let grown: Vec<_> = hash_tiles_between(255, 257).map(|id| id.to_string()).collect();
    assert_eq!(grown, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
    assert_eq!(
        bundles_between(256, 256).count() + hash_tiles_between(9, 9).count() + hash_tiles_between(0, 0).count(),
        0
    );
    assert_eq!(TileId::at_size(TileKind::Hashes(0), 273, 70_000), Some(hashes(0, 273, 112)));
    assert_eq!(TileId::at_size(TileKind::Hashes(0), 274, 70_000), None);
    assert_eq!(TileId::at_size(TileKind::Hashes(63), u64::MAX, u64::MAX), None);
}

/// A folder of tiles, made as an exporter makes it: growing in steps, level 0 from the bundles.
struct Folder(HashMap<TileId, Vec<u8>>);

impl Folder {
    fn grow(&mut self, tree: &MemoryTree, old: u64, new: u64) {
        for id in hash_tiles_between(old, new) {
            let TileKind::Hashes(level) = id.kind() else { unreachable!() };
            let first = id.index() * 256;
            let hash = |n| tree.hash(NodeId::new(level * 8, first + n)).unwrap();
            let tile = HashTile::new((0..u64::from(id.width())).map(hash).collect()).unwrap();
            self.0.insert(id, tile.to_bytes());
        }
    }
}

impl TileSource for Folder {
    type Error = String;

    fn tile(&self, id: &TileId) -> Result<Vec<u8>, String> {
        self.0.get(id).cloned().ok_or_else(|| format!("no {id}"))
    }
}

#[test]
fn proofs_from_tiles_equal_proofs_from_the_tree() {
    let size = 66_000;
    let tree: MemoryTree = leaves(size).into_iter().collect();
    let mut folder = Folder(HashMap::new());
    folder.grow(&tree, 0, 1000);
    folder.grow(&tree, 1000, size);
    let tiles = TileHashes { source: folder, size };
    for index in [0, 1, 255, 256, 999, 1000, 32_767, 65_535, 65_536, 65_999] {
        assert_eq!(prove_inclusion(&tiles, index, size).unwrap(), prove_inclusion(&tree, index, size).unwrap());
        assert_eq!(prove_consistency(&tiles, index, size).unwrap(), prove_consistency(&tree, index, size).unwrap());
    }
    let missing = TileHashes { source: Folder(HashMap::new()), size };
    let fault = prove_inclusion(&missing, 5, size).unwrap_err().to_string();
    assert!(fault.contains("tile/0/000"), "{fault}");
    let short = TileHashes { source: Folder(HashMap::from([(hashes(0, 0, 256), vec![0; 31])])), size: 256 };
    let fault = prove_inclusion(&short, 5, 256).unwrap_err().to_string();
    assert!(fault.contains("8192 bytes, found 31"), "{fault}");
    assert!(TilePlan::new(&[NodeId::new(3, 32)], 256).is_err());
    assert!(TilePlan::new(&[NodeId::new(200, u64::MAX)], 256).is_err());
}

#[test]
fn tile_nodes() {
    let all = leaves(256);
    let tree: MemoryTree = all.iter().copied().collect();
    let tile = HashTile::new(all).unwrap();
    for height in 0..=8_u8 {
        for place in 0..256_u16 >> height {
            assert_eq!(tile.node(height, place).ok(), tree.hash(NodeId::new(height, u64::from(place))));
        }
    }
    for (height, place) in [(0, 256), (8, 1), (9, 0), (63, 0), (64, 0), (255, u16::MAX)] {
        assert!(tile.node(height, place).is_err(), "{height} {place}");
    }
    let part = tile.truncated(3).unwrap();
    assert_eq!((part.width(), part.node(1, 1).is_err(), part.node(1, 0).is_ok()), (3, true, true));
    assert_eq!((tile.truncated(0), tile.truncated(257)), (None, None));
}

#[test]
fn hostile_bundles_are_refused_with_the_place() {
    assert_eq!(parse_bundle(&[], 0), Err(BundleError::Count { found: 0 }));
    assert_eq!(parse_bundle(&[], 257), Err(BundleError::Count { found: 257 }));
    assert_eq!(parse_bundle(&[0], 1), Err(BundleError::Short { entry: 0, width: 1, at: 1 }));
    assert_eq!(parse_bundle(&[0, 1, 7, 0xff, 0xff, 1], 2), Err(BundleError::Short { entry: 1, width: 2, at: 6 }));
    assert_eq!(parse_bundle(&[0, 0, 0], 1), Err(BundleError::Trailing { width: 1, bytes: 1 }));
    assert_eq!(parse_bundle(&[0, 0], 1), Ok(vec![&b""[..]]));
    assert_eq!(encode_bundle::<&[u8]>(&[]), Err(BundleError::Count { found: 0 }));
    assert_eq!(encode_bundle(&[b""; 257]), Err(BundleError::Count { found: 257 }));
    assert_eq!(encode_bundle(&[vec![0; 65_536]]), Err(BundleError::TooLong { entry: 0, bytes: 65_536 }));
    assert_eq!(encode_bundle(&[vec![0; 65_535]]).unwrap().len(), 65_537);
}

proptest! {
    #[test]
    fn paths_come_back(level in 0_u8..=63, index: u64, width in 1_u16..=256, entries: bool) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
        let id = TileId::new(kind, index, width).unwrap();
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn any_path_is_answered(path in "(tile/)?[0-9x/.p+a-z-]{0,30}", other: String) {
        for path in [path, other] {
            if let Ok(id) = path.parse::<TileId>() {
                prop_assert_eq!(id.to_string(), path);
            }
        }
    }

    #[test]
    fn growing_in_steps_writes_every_tile(cut in 0_u64..200_000, size in 0_u64..200_000) {
        let cut = cut.min(size);
        let in_steps: std::collections::HashSet<_> = hash_tiles_between(0, cut).chain(hash_tiles_between(cut, size)).collect();
        let missing: Vec<_> = hash_tiles_between(0, size).filter(|id| !in_steps.contains(id)).collect();
        prop_assert_eq!(missing, vec![]);
    }

    #[test]
    fn bundles_come_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..=256)) {
        let width = entries.len() as u16;
        let bytes = encode_bundle(&entries).unwrap();
        let parsed = parse_bundle(&bytes, width).unwrap();
        prop_assert_eq!(&parsed, &entries);
        let tile = HashTile::of_entries(parsed).unwrap();
        prop_assert_eq!(tile.hashes()[0], leaf_hash(&entries[0]));
        prop_assert_eq!(HashTile::parse(&tile.to_bytes(), width), Ok(tile));
        prop_assert!(parse_bundle(&bytes[..bytes.len() - 1], width).is_err());
        prop_assert!(parse_bundle(&bytes, width - 1).is_err() && parse_bundle(&bytes, width + 1).is_err());
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, width: u16) {
        if let Ok(entries) = parse_bundle(&bytes, width) {
            prop_assert_eq!(encode_bundle(&entries).unwrap(), bytes.clone());
        }
        if let Ok(tile) = HashTile::parse(&bytes, width) {
            prop_assert_eq!(tile.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_node_is_answered(level: u8, index: u64, size: u64) {
        if let Ok(plan) = TilePlan::new(&[NodeId::new(level, index)], size) {
            let tiles: Vec<_> = plan.tiles().iter().map(|id| HashTile::new(vec![Digest([0; 32]); id.width().into()]).unwrap()).collect();
            prop_assert!(plan.resolve(&tiles).is_ok());
            prop_assert!(plan.resolve(&[]).is_err());
        }
    }
}
