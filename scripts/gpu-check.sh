#!/usr/bin/env bash
# All that needs a GPU, in one call of a few minutes: every golden case and gradient on the device against the processor,
# the kernels under compute-sanitizer, MNIST trained to the processor's accuracy, and the benchmark beside PyTorch.
#
#     scripts/gpu-check.sh            # builds what is missing, and runs
#     scripts/gpu-check.sh build      # only builds, into target/gpu-check, to be carried to a machine without a toolchain
#
# The GPU's driver must be installed; NVRTC, cuBLASLt and PyTorch are found where the loader or `python3` have them. Golden
# values and MNIST are looked for in shared/ and ../shared, as LAYERCAKE_GOLDEN and MNIST_DIR say otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
built=target/gpu-check

build() {
    mkdir -p $built
    # Test programs have a hash in their names, which cargo alone knows.
    cargo test --no-run --release -p layercake-tests --features cuda --test cuda --test golden --message-format json |
        sed -n 's/.*"name":"\(cuda\|golden\)".*"executable":"\([^"]*\)".*/\1 \2/p' |
        while read -r name file; do cp "$file" "$built/test-$name"; done
    cargo build --release -p layercake-examples --features cuda --bin mnist --bin bench_cuda
    cp target/release/mnist target/release/bench_cuda $built
}

for program in test-cuda test-golden mnist bench_cuda; do
    [ -x $built/$program ] || { build; break; }
done
if [ "${1:-}" = build ]; then
    build
    exit
fi

# The folders of NVIDIA's Python packages, beside what the loader knows.
packages=$(python3 - <<'PYTHON' || true
import glob, os, sysconfig
roots = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
print(":".join(sorted({os.path.dirname(file) for root in roots for file in glob.glob(root + "/nvidia/**/lib*.so*", recursive=True)})))
PYTHON
)
export LD_LIBRARY_PATH="$packages${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LAYERCAKE_KERNELS=${LAYERCAKE_KERNELS:-$PWD/target/gpu-kernels}
# Without a GPU the tests then fail, and the emulated device is left out.
export LAYERCAKE_TEST_DEVICES=gpu
for shared in shared ../shared; do
    [ -d $shared/golden ] && export LAYERCAKE_GOLDEN=${LAYERCAKE_GOLDEN:-$PWD/$shared/golden}
    [ -d $shared/data/mnist ] && export MNIST_DIR=${MNIST_DIR:-$PWD/$shared/data/mnist}
done

date -u +"%Y-%m-%d %H:%M UTC"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader

echo "== every golden case and gradient on the device"
$built/test-cuda
$built/test-golden on_cuda

if command -v compute-sanitizer > /dev/null; then
    for tool in memcheck racecheck; do
        echo "== compute-sanitizer $tool"
        compute-sanitizer --tool $tool --error-exitcode 1 --target-processes all $built/test-cuda --test-threads 1
    done
else
    echo "== compute-sanitizer is not installed: not run"
fi

echo "== MNIST: test accuracy on the processor and on the device"
accuracy() {
    $built/mnist "$@" | sed -n 's/.*test accuracy:[^0-9]*\([0-9.]*\).*/\1/p'
}
for model in mlp cnn; do
    cpu=$(accuracy $model 5)
    gpu=$(accuracy $model 5 --device cuda)
    echo "$model: processor $cpu %, device $gpu %"
    awk -v a="$cpu" -v b="$gpu" 'BEGIN { if (b == "" || a - b > 0.3) { print "the device is behind"; exit 1 } }'
done

echo "== the benchmark"
if python3 -c 'import torch; assert torch.cuda.is_available()' 2> /dev/null; then
    $built/bench_cuda --peer python3
else
    echo "PyTorch with CUDA is not installed: layercake alone"
    $built/bench_cuda
fi
