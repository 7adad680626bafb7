#!/usr/bin/env bash
# camal-check's verdicts and exit codes, and the files as h5py sees them.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CAMAL_BIN/store_make_files" "$work"
check=$CAMAL_BIN/camal-check

# expect CODE PATTERN ARGUMENT...: camal-check's exit code and what it says on either stream.
expect() {
    local code=0 wanted=$1 pattern=$2
    shift 2
    "$check" "$@" >"$work/said" 2>&1 || code=$?
    if [ $code -ne "$wanted" ] || ! grep -q -- "$pattern" "$work/said"; then
        echo "failed: camal-check $*: exit code $code in place of $wanted, or no '$pattern' in:"
        cat "$work/said"
        exit 1
    fi
}

expect 0 'round-001.h5: sound' "$work/dataset.h5" "$work/round-001.h5"
expect 0 'usage: camal-check' --help
expect 0 '^camal-check [0-9]' --version
expect 2 'no file given'
expect 2 'unrecognized option' --wrong
expect 2 'no such folder' --schemas "$work/absent" "$work/dataset.h5"
expect 1 'absent.h5: cannot open: No such file' "$work/absent.h5" "$work/dataset.h5"
expect 1 'is not an HDF5 file' "$0"
head -c 300000 "$work/dataset.h5" >"$work/cut.h5"
expect 1 'truncated file' "$work/cut.h5"
mkdir "$work/schemas"
cp "$CAMAL_SOURCE"/hdf5-schemas/*.yaml "$work/schemas"
sed -i 's|/pool/copies|/pool/copied|' "$work/schemas/round.yaml"
expect 1 '/pool/copies is not in the schema' --schemas "$work/schemas" "$work/round-001.h5"
CAMAL_SCHEMAS=$work/schemas expect 1 '/pool/copied is missing, expected i32' "$work/round-001.h5"

if ! /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
    echo "skipped: Debian's python3 has no h5py"
    exit 77
fi
/usr/bin/python3 - "$work" <<'PYTHON'
import sys
import h5py
import numpy as np

with h5py.File(sys.argv[1] + "/dataset.h5") as f:
    assert f.attrs["schema"].decode() == "camal-dataset", f.attrs["schema"]
    assert len(f.attrs["digest"].decode()) == 32
    assert np.allclose(f.attrs["mean"], [0.40, 0.41, 0.42])
    assert f["samples/image"].shape == (200, 64, 64, 3)
    assert f["samples/mask"].shape == (200, 64, 8)
    assert f["samples/mask"].compression == "gzip" and f["samples/mask"].fletcher32
    assert f["samples/image"].compression is None and f["samples/image"].fletcher32
    images, masks = f["samples/image"][:], f["samples/mask"][:]
    assert 127 < images.mean() < 128 and images.std() > 70  # uniform bytes
    assert set(np.unique(masks)) == {0, 1, 128, 129}
    assert (f["samples/label"][:] == np.arange(200) % 4).all()
    assert f["samples/annotation_id"][199] == 908400535506 + 199
    assert f["samples/bbox"][7].tolist() == [7, 0, 0, 10.5]
    assert f["classes/name"].asstr()[:].tolist() == [f"class {i} é" for i in range(4)]
    assert f["classes/supercategory"].asstr()[:].tolist() == ["part", "", "part", ""]
    assert f["images/file_name"].asstr()[3] == "abc/3.jpg"

with h5py.File(sys.argv[1] + "/round-001.h5") as f:
    assert f.attrs["index"] == 1 and f["rng"].attrs["seed"] == 2**64 - 4
    assert f["config"].asstr()[0] == "run:\n  seed: 1\n" and f["plan"].asstr()[0] == ""
    assert list(f["model"]) == ["layer1.0.conv1.weight", "layer1.0.bn1.weight", "fc.weight", "fc.bias",
                                "bn1.running_mean"]  # in order of creation
    assert f["model/layer1.0.conv1.weight"].shape == (8, 3, 3, 3)
    assert f["model/fc.weight"].dtype == np.float32 and f["model/fc.weight"][:].std() > 0.5
    assert f["scores/sample"][:].tolist() == list(range(10, 28))
    assert f["scores/margin"][2] == np.float32(1 / 32)
    assert f["queries/answer"][:].tolist() == [0, 2, -1]
    assert f["evaluation/loss"][3] == np.inf
    assert np.isnan(f["metrics/epoch/validation_loss"][0]) and f["metrics/epoch/validation_loss"][1] == 1
    assert f["classes/name"].asstr()[3] == "class 3" and f["classes/status"][3] == 2
    assert f["metrics/test_confusion"][:].sum() == 6
    assert f["metrics"].attrs["all_test_accuracy"] == 0.6
    assert f["timing"].attrs["select"] == 4.5

with h5py.File(sys.argv[1] + "/old.h5", "w") as f: # h5py's default format
    f.attrs["schema"] = "camal-round"
PYTHON
expect 1 "old format, without checksums (superblock version 0" "$work/old.h5"
echo "camal-check and h5py agree with the code"
