/* The primitives of device.h on the CPU, for tests: a group's 256 threads are coroutines that change at barriers and at the products of a warp. What each instruction does,
   and which lane holds which element, is written from the PTX ISA manual. The group's shared memory keeps account: numbers that no thread wrote, copies still under
   way, what another thread wrote or read without a barrier between, wrong alignment, and device memory that was not lent are errors, named with their thread. */
#ifndef ENGRAM_HOST_H
#define ENGRAM_HOST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define KERNEL __attribute__((visibility("default")))
#define INLINE static inline __attribute__((unused))
#define UNROLL
#define NO_UNROLL

enum { THREADS = 256, WARP = 32, STACK = 64 * 1024, MOST_SHARED = 232448, MOST_GROUPS = 8, MOST_COPIES = 64 };

typedef unsigned int u32;

/* What is known of four bytes of shared memory: who wrote and who read last, and between which barriers (numbers of phases, from 1 on). */
typedef struct
{
    float value;
    short writer, reader; /* -2: several threads */
    int written, read, under_way;
} cell;

typedef struct
{
    u32 to;
    int count;
    float values[4];
} copy;

typedef struct
{
    ucontext_t context;
    void *stack;
    enum { RUNNING, AT_BARRIER, AT_WARP, ENDED } state;
    copy copies[MOST_GROUPS][MOST_COPIES];
    int count[MOST_GROUPS], oldest, newest;
    int operation;
    float *c;
    const u32 *a, *b;
} thread;

typedef struct
{
    const float *start;
    long long count;
    int writable;
} lent;

static thread threads[THREADS];
static cell cells[MOST_SHARED / 4];
static lent memory[8];
static int memories, current, phase, group[3], shared_cells;
static ucontext_t scheduler;
static char message[256];
static void (*entry)(void);

static void fail(const char *what, long long where)
{
    snprintf(message, sizeof message, "group (%d, %d, %d), thread %d, phase %d: %s (%lld)", group[0], group[1], group[2], current, phase, what, where);
    setcontext(&scheduler); /* comes back in run(), which looks at the message */
}

static void give_way(int state)
{
    threads[current].state = state;
    swapcontext(&threads[current].context, &scheduler);
}

INLINE int thread_index(void) { return current; }
INLINE int group_x(void) { return group[0]; }
INLINE int group_y(void) { return group[1]; }
INLINE int group_z(void) { return group[2]; }
INLINE u32 shared_start(void) { return 0; }
INLINE void barrier(void) { give_way(AT_BARRIER); }

/* Cells that a thread is about to read or write. */
static cell *reach(u32 at, int count, int write)
{
    if (at % (4 * (u32)count) != 0)
        fail("shared memory: the place is not aligned", at);
    if (at / 4 + (u32)count > (u32)shared_cells)
        fail("shared memory: beyond its end", at);
    cell *of = cells + at / 4;
    for (int i = 0; i < count; i++, of++)
    {
        if (of->under_way)
            fail("shared memory: a copy to there is under way", at);
        if (!write && of->written == 0)
            fail("shared memory: nobody wrote this", at);
        if (of->written == phase && of->writer != current)
            fail("shared memory: another thread wrote here, without a barrier since", at);
        if (write && of->read == phase && of->reader != current)
            fail("shared memory: another thread read here, without a barrier since", at);
        if (write)
        {
            of->writer = (short)current;
            of->written = phase;
        }
        else
        {
            of->reader = (short)(of->read == phase && of->reader != current ? -2 : current);
            of->read = phase;
        }
    }

    return cells + at / 4;
}

static void require(const float *at, int count, int aligned, int write)
{
    for (int i = 0; i < memories; i++)
    {
        if (at >= memory[i].start && at + count <= memory[i].start + memory[i].count)
        {
            if (write && !memory[i].writable)
                fail("device memory: it was lent for reading", (long long)(at - memory[i].start));
            if (aligned && (size_t)at % 16 != 0)
                fail("device memory: four numbers from a place that is no multiple of 16 bytes", (long long)(at - memory[i].start));
            return;
        }
    }

    fail("device memory: not lent", memories > 0 ? (long long)(at - memory[0].start) : 0);
}

static void start_copy(u32 to, const float *from, u32 bytes, int count)
{
    thread *t = threads + current;
    int *started = &t->count[t->newest % MOST_GROUPS];
    if (*started == MOST_COPIES)
        fail("too many copies in a group", to);
    if (bytes > 4 * (u32)count || bytes % 4 != 0)
        fail("a copy of that many bytes", bytes);
    if (bytes > 0)
        require(from, (int)bytes / 4, 0, 0);
    if (count == 4 && (size_t)from % 16 != 0)
        fail("a copy of 16 bytes from a place that is no multiple of 16", (long long)((size_t)from % 16));
    copy *c = &t->copies[t->newest % MOST_GROUPS][(*started)++];
    c->to = to;
    c->count = count;
    memset(c->values, 0, sizeof c->values);
    memcpy(c->values, from, bytes);
    cell *of = reach(to, count, 1);
    for (int i = 0; i < count; i++)
        of[i].under_way = 1;
}

INLINE void copy16(u32 to, const float *from, u32 bytes) { start_copy(to, from, bytes, 4); }
INLINE void copy4(u32 to, const float *from, u32 bytes) { start_copy(to, from, bytes, 1); }

INLINE void copies_commit(void)
{
    thread *t = threads + current;
    if (++t->newest - t->oldest >= MOST_GROUPS)
        fail("too many groups of copies", t->newest);
    t->count[t->newest % MOST_GROUPS] = 0;
}

/* A copy lands no earlier than it is waited for: the latest moment that the manual allows. */
INLINE void copies_wait(int groups)
{
    thread *t = threads + current;
    for (; t->newest - t->oldest > groups; t->oldest++)
    {
        for (int i = 0; i < t->count[t->oldest % MOST_GROUPS]; i++)
        {
            copy *c = &t->copies[t->oldest % MOST_GROUPS][i];
            for (int e = 0; e < c->count; e++)
            {
                cell *of = cells + c->to / 4 + e;
                of->value = c->values[e];
                of->under_way = 0;
                of->written = phase;
            }
        }
    }
}

INLINE void load4(float *to, u32 from)
{
    cell *of = reach(from, 4, 0);
    for (int i = 0; i < 4; i++)
        to[i] = of[i].value;
}

INLINE void store4(u32 to, const float *from)
{
    cell *of = reach(to, 4, 1);
    for (int i = 0; i < 4; i++)
        of[i].value = from[i];
}

INLINE float global_load(const float *from)
{
    require(from, 1, 0, 0);
    return *from;
}

INLINE void global_store(float *to, float value)
{
    require(to, 1, 0, 1);
    *to = value;
}

INLINE void global_load4(float *to, const float *from)
{
    require(from, 4, 1, 0);
    memcpy(to, from, 16);
}

INLINE void global_store4(float *to, const float *from)
{
    require(to, 4, 1, 1);
    memcpy(to, from, 16);
}

static u32 bits_of(float x)
{
    u32 bits;
    memcpy(&bits, &x, 4);
    return bits;
}

static double number_of(u32 bits)
{
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* Ties away from zero: half of the last kept place is added to the magnitude, whatever the sign. Infinities and NaN stay what they are. */
INLINE u32 to_tf32(float x) { return isfinite(x) ? (bits_of(x) + 0x1000u) & ~0x1FFFu : bits_of(x); }

static u32 to_bf16(float x)
{
    u32 bits = bits_of(x);
    return isnan(x) ? 0x7FFFu : (bits + 0x7FFFu + ((bits >> 16) & 1)) >> 16;
}

INLINE u32 to_bf16x2(float low, float high) { return to_bf16(low) | to_bf16(high) << 16; }

/* Element [row, column] of the left operand of a product of a warp; g and t of a lane are lane / 4 and lane % 4. TF32: register 0 holds row g, depth t, register 1 row
   g + 8, and 2 and 3 the same at depth t + 4. BF16: two neighbours per register, from depth 2t on, rows g and g + 8, then both at depth 2t + 8. */
static double left_of(const thread *warp, int bf16, int row, int depth)
{
    int t = bf16 ? depth % 8 / 2 : depth % 4, r = row / 8 + (bf16 ? depth / 8 : depth / 4) * 2;
    u32 bits = warp[row % 8 * 4 + t].a[r];
    return number_of(bf16 ? (depth % 2 ? bits & 0xFFFF0000u : bits << 16) : bits);
}

/* TF32: register 0 holds depth t, register 1 depth t + 4, of column g. BF16: two neighbours from depth 2t on, then from 2t + 8 on. */
static double right_of(const thread *warp, int bf16, int depth, int column)
{
    int t = bf16 ? depth % 8 / 2 : depth % 4;
    u32 bits = warp[column * 4 + t].b[bf16 ? depth / 8 : depth / 4];
    return number_of(bf16 ? (depth % 2 ? bits & 0xFFFF0000u : bits << 16) : bits);
}

/* Whether this lane is the last one of its warp to arrive at an operation; the others wait until it has been done for all. */
static int is_last(int operation)
{
    thread *warp = threads + current / WARP * WARP, *own = threads + current;
    own->operation = operation;
    for (int lane = 0; lane < WARP; lane++)
    {
        if (warp + lane != own && (warp[lane].state != AT_WARP || warp[lane].operation != operation))
        {
            give_way(AT_WARP);
            return 0;
        }
    }

    for (int lane = 0; lane < WARP; lane++)
        warp[lane].state = RUNNING;
    return 1;
}

INLINE void warp_barrier(void) { is_last(3); }

/* Registers 0 and 1 of c are row g, columns 2t and 2t + 1, registers 2 and 3 the same of row g + 8. */
static void multiply_warp(float *c, const u32 *a, const u32 *b, int bf16)
{
    thread *warp = threads + current / WARP * WARP, *own = threads + current;
    own->c = c;
    own->a = a;
    own->b = b;
    if (!is_last(bf16 + 1))
        return;
    for (int row = 0; row < 16; row++)
    {
        for (int column = 0; column < 8; column++)
        {
            float *place = warp[row % 8 * 4 + column / 2].c + row / 8 * 2 + column % 2;
            double sum = *place;
            for (int depth = 0; depth < (bf16 ? 16 : 8); depth++)
                sum += left_of(warp, bf16, row, depth) * right_of(warp, bf16, depth, column);
            *place = (float)sum;
        }
    }
}

INLINE void multiply_tf32(float *c, const u32 *a, const u32 *b) { multiply_warp(c, a, b, 0); }
INLINE void multiply_bf16(float *c, const u32 *a, const u32 *b) { multiply_warp(c, a, b, 1); }

static void run_thread(void)
{
    entry();
    give_way(ENDED);
}

/* Runs every thread of a group to its end, in rising or falling order. */
static void run_group(int falling)
{
    memset(cells, 0, sizeof cells);
    phase = 1;
    for (current = 0; current < THREADS; current++)
    {
        thread *t = threads + current;
        t->state = RUNNING;
        t->oldest = t->newest = 0;
        t->count[0] = 0;
        getcontext(&t->context);
        t->context.uc_stack.ss_sp = t->stack;
        t->context.uc_stack.ss_size = STACK;
        t->context.uc_link = NULL;
        makecontext(&t->context, run_thread, 0);
    }

    for (;;)
    {
        int moved = 0, waiting = 0, ended = 0;
        for (int i = 0; i < THREADS; i++)
        {
            current = falling ? THREADS - 1 - i : i;
            if (threads[current].state == RUNNING)
            {
                moved = 1;
                swapcontext(&scheduler, &threads[current].context);
                if (message[0])
                    return;
            }
        }

        for (int i = 0; i < THREADS; i++)
        {
            waiting += threads[i].state == AT_BARRIER;
            ended += threads[i].state == ENDED;
        }

        if (ended == THREADS)
            return;
        if (waiting == THREADS)
        {
            phase++;
            for (int i = 0; i < THREADS; i++)
                threads[i].state = RUNNING;
        }
        else if (!moved)
        {
            snprintf(message, sizeof message, "group (%d, %d, %d): threads wait at different places, %d at a barrier, %d have ended", group[0], group[1], group[2], waiting, ended);
            return;
        }
    }
}

#endif
