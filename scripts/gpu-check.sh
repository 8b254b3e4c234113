#!/usr/bin/env bash
# All that needs a GPU, in one call of some ten minutes: every golden case and gradient on the device against the processor, steps
# of training and passes of inference that are captured and replayed, the kernels under compute-sanitizer, MNIST trained to the
# processor's accuracy, and the benchmark beside PyTorch, with each kernel of a step, its part of the limit, and copies of weights.
#
#     scripts/gpu-check.sh                # builds where there is a toolchain, and runs all parts
#     scripts/gpu-check.sh build          # only builds, into target/gpu-check, to be carried to a machine without one
#     scripts/gpu-check.sh tests mnist    # these parts alone, of: tests mnist benchmark sanitizer
#
# Parts go on after one that fails or takes longer than it may (SECONDS_OF_TESTS, ..., which can be set), and the script fails in
# the end; each says how long it took. Most of the time goes to torch.compile and the sanitizer; where a call may not take
# so long, name the parts in several. The GPU's driver must be installed; NVRTC, cuBLASLt and PyTorch are found where the
# loader or `python3` have them. What is built is packed with golden values and MNIST (some 25 MB): with that folder, this
# script and tests/golden nothing else of the checkout is needed. LAYERCAKE_GOLDEN and MNIST_DIR say where else values and digits are.
set -uo pipefail
cd "$(dirname "$0")/.."
packed=$PWD/target/gpu-check
programs="test-cuda test-golden mnist bench_cuda"

pack() { # FILE NAME
    strip -o "$packed/$2" "$1" && gzip -f "$packed/$2"
}

copy() { # FOLDER NAME
    rm -rf "${packed:?}/$2" && cp -r "$1" "$packed/$2" && chmod -R u+w "$packed/$2"
}

build() {
    set -e
    mkdir -p "$packed"
    # Test programs have a hash in their names, which cargo alone knows.
    cargo test --no-run -p layercake-tests --features cuda --test cuda --test golden --message-format json |
        sed -n 's/.*"name":"\(cuda\|golden\)".*"executable":"\([^"]*\)".*/\1 \2/p' |
        while read -r name file; do pack "$file" "test-$name"; done
    cargo build --release -p layercake-examples --features cuda --bin mnist --bin bench_cuda
    for name in mnist bench_cuda; do pack target/release/$name $name; done
    for shared in shared ../shared; do
        if [ -d $shared/golden ]; then copy $shared/golden golden; fi
        if [ -d $shared/data/mnist ]; then copy $shared/data/mnist digits; fi
    done
    du -sh "$packed"
}

if command -v cargo > /dev/null; then
    (build)
    # A machine with a toolchain may still be without the crates: then what was carried there is used.
    [ $? = 0 ] || [ "${1:-}" != build ] && [ -e "$packed/bench_cuda.gz" ] || exit 1
fi
[ "${1:-}" = build ] && exit
if ! nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null; then
    echo "skipped: no CUDA device"
    exit
fi
date -u +"%Y-%m-%d %H:%M UTC"

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
for program in $programs; do
    gunzip -c "$packed/$program.gz" > "$run/$program" && chmod +x "$run/$program" || exit 1
done

# The folders of NVIDIA's Python packages, beside what the loader knows; of the driver, containers have their own place.
packages=$(python3 - <<'PYTHON' || true
import glob, os
try:
    import nvidia
    roots = list(nvidia.__path__)
except ImportError:
    roots = []
files = [file for root in roots for file in glob.glob(root + "/**/lib*.so*", recursive=True)]
# Stubs stand for the driver where programs are linked, and fail.
print(":".join(sorted({os.path.dirname(file) for file in files if "/stubs/" not in file})))
PYTHON
)
export LD_LIBRARY_PATH="${packages:+$packages:}${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64"
export PATH="$PATH:/usr/local/cuda/bin"
export LAYERCAKE_KERNELS=${LAYERCAKE_KERNELS:-$PWD/target/gpu-kernels}
# Without a GPU the tests then fail, and the emulated device is left out.
export LAYERCAKE_TEST_DEVICES=${LAYERCAKE_TEST_DEVICES:-gpu}
export LAYERCAKE_GOLDEN=${LAYERCAKE_GOLDEN:-$packed/golden:$PWD/tests/golden} MNIST_DIR=${MNIST_DIR:-$packed/digits}

# Runs a command for so many seconds at most.
within() { # SECONDS COMMAND...
    timeout "$@"
    local status=$?
    [ $status != 124 ] || echo "out of time after $1 seconds"
    return $status
}

tests() {
    echo "== every layer, update and golden case on the device"
    within "${SECONDS_OF_TESTS:-240}" "$run/test-cuda"
    local cuda=$?
    within "${SECONDS_OF_TESTS:-240}" "$run/test-golden" on_cuda && [ $cuda = 0 ]
}

accuracy() {
    within "${SECONDS_OF_MNIST:-120}" "$run/mnist" "$@" | sed -n 's/.*test accuracy:[^0-9]*\([0-9.]*\).*/\1/p'
}

mnist() {
    echo "== MNIST: test accuracy after 5 epochs, on the processor and on the device"
    local behind=0
    for model in mlp cnn; do
        cpu=$(accuracy $model 5)
        gpu=$(accuracy $model 5 --device cuda)
        echo "$model: processor $cpu %, device $gpu %"
        awk -v a="$cpu" -v b="$gpu" 'BEGIN { exit a == "" || b == "" || a - b > 0.3 }' || behind=1
    done
    return $behind
}

benchmark() {
    echo "== the benchmark"
    local peer=(--peer python3)
    if ! python3 -c 'import torch; assert torch.cuda.is_available()' 2> /dev/null; then
        echo "PyTorch with CUDA is not installed: layercake alone"
        peer=()
    fi
    within "${SECONDS_OF_BENCHMARK:-400}" "$run/bench_cuda" "${peer[@]}"
}

# The slowest part comes last, and each of its tools has its time.
sanitizer() {
    command -v compute-sanitizer > /dev/null || { echo "== compute-sanitizer is not installed: not run"; return; }
    local wrong=0
    for tool in memcheck racecheck; do
        echo "== compute-sanitizer $tool"
        within "${SECONDS_OF_SANITIZER:-120}" \
            compute-sanitizer --tool $tool --error-exitcode 1 "$run/test-cuda" --test-threads 1
        case $? in
            0) ;;
            124) echo "$tool: the tests above are clean" ;;
            *) wrong=1 ;;
        esac
    done
    return $wrong
}

failed=
for part in ${*:-tests mnist benchmark sanitizer}; do
    began=$SECONDS
    $part || failed="$failed $part"
    echo "$part: $((SECONDS - began)) seconds"
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
