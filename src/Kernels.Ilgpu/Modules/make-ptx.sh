#!/usr/bin/env bash
# Writes the PTX of the kernels from their C source, beside it or into the folder given. Debian's clang-14 (CLANG names another) makes it; no CUDA package is needed.
#   apt-get install clang-14 && src/Kernels.Ilgpu/Modules/make-ptx.sh
# clang 14.0.6 has made the texts that are kept; the tests compare them where that version is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out="${1:-.}"
for precision in TF32 BF16; do
    "${CLANG:-clang-14}" -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib -Xclang -target-feature -Xclang +ptx70 \
        -Wall -Wextra -Werror -O3 -S -DPRECISION_"$precision" kernels.c -o - | sed "/inline asm$/d" >"$out/${precision,,}.ptx"
done
