/* What a kernel of this folder may use of an NVIDIA GPU of compute capability 8.0 (PTX ISA 7.0), each primitive one instruction. host.h gives the same names a meaning
   on the CPU. Shared memory is addressed in bytes from its beginning, by 32-bit numbers. clang does not look into the text of an instruction: host.h says what each of them
   means, and the interpreter of the tests (PtxMachine) reads the text itself. */
#ifndef ENGRAM_DEVICE_H
#define ENGRAM_DEVICE_H

#define KERNEL extern "C" __attribute__((global)) __attribute__((launch_bounds(256, 2)))
#define INLINE static __inline__ __attribute__((device, always_inline))

#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("nounroll")

typedef unsigned int u32;

extern "C" __attribute__((device, shared, aligned(16))) float shared_memory[];

INLINE int thread_index(void)
{
    int t = __nvvm_read_ptx_sreg_tid_x();
    __builtin_assume(t >= 0 && t < 256);
    return t;
}

INLINE int group_x(void) { return __nvvm_read_ptx_sreg_ctaid_x(); }
INLINE int group_y(void) { return __nvvm_read_ptx_sreg_ctaid_y(); }
INLINE int group_z(void) { return __nvvm_read_ptx_sreg_ctaid_z(); }

INLINE u32 shared_start(void)
{
    return (u32)(__UINTPTR_TYPE__)(__attribute__((address_space(3))) float *)shared_memory;
}

/* All threads of the group arrive before one goes on. */
INLINE void barrier(void) { asm volatile("bar.sync 0;" ::: "memory"); }

/* All threads of the warp arrive before one goes on: products of a warp want them together, whatever branches the compiler has made before. */
INLINE void warp_barrier(void) { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

/* 16 bytes from device to shared memory, both places multiples of 16: the first `bytes` are read, the others become zeros. Asynchronous. */
INLINE void copy16(u32 to, const float *from, u32 bytes)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"((__attribute__((address_space(1))) const float *)from), "r"(bytes) : "memory");
}

/* The same for one number, bytes 4 or 0. */
INLINE void copy4(u32 to, const float *from, u32 bytes)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"((__attribute__((address_space(1))) const float *)from), "r"(bytes) : "memory");
}

/* The copies that this thread has started since the last call are a group. */
INLINE void copies_commit(void) { asm volatile("cp.async.commit_group;" ::: "memory"); }

/* Waits until at most `groups` of this thread's groups, the latest ones, are under way. */
#define copies_wait(groups) asm volatile("cp.async.wait_group %0;" ::"n"(groups) : "memory")

/* Four numbers of shared memory, from a multiple of 16 bytes on. Volatile: it stays between the barriers. */
INLINE void load4(float *to, u32 from)
{
    asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3]) : "r"(from));
}

INLINE void store4(u32 to, const float *from)
{
    asm volatile("st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(to), "f"(from[0]), "f"(from[1]), "f"(from[2]), "f"(from[3]));
}

INLINE float global_load(const float *from) { return *(__attribute__((address_space(1))) const float *)from; }
INLINE void global_store(float *to, float value) { *(__attribute__((address_space(1))) float *)to = value; }

INLINE void global_load4(float *to, const float *from)
{
    asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3]) : "l"((__attribute__((address_space(1))) const float *)from) : "memory");
}

INLINE void global_store4(float *to, const float *from)
{
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"((__attribute__((address_space(1))) float *)to), "f"(from[0]), "f"(from[1]), "f"(from[2]), "f"(from[3])
                 : "memory");
}

/* The nearest number with ten bits of fraction, ties away from zero. */
INLINE u32 to_tf32(float x)
{
    u32 bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}

/* The nearest numbers with seven bits of fraction, ties to even; `low` takes the lower half. */
INLINE u32 to_bf16x2(float low, float high)
{
    u32 bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
    return bits;
}

/* c [16, 8] += a [16, 8] · b [8, 8] by the 32 threads of a warp together. */
INLINE void multiply_tf32(float *c, const u32 *a, const u32 *b)
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/* c [16, 8] += a [16, 16] · b [16, 8] by the 32 threads of a warp together. */
INLINE void multiply_bf16(float *c, const u32 *a, const u32 *b)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif
