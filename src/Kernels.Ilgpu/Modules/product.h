/* A matrix product on tensor cores: c [rows, columns] = alpha·a·b + beta·c + bias, float32 in memory, operands rounded to TF32 or BF16 (PRECISION_BF16) on their way
   into the tensor cores, sums in float32. Batches, any strides, parts of the depth (as GpuDevice.Product cuts them), and all three passes of a convolution, whose sides are
   gathered where they lie.

   A group of 256 threads makes a tile of 128×128; a warp makes 64×32 of it, as 4×4 products of 16×8. Slices of 32 of the depth travel through three stages of dynamic
   shared memory (96 KiB) by asynchronous copies, two ahead; a slice costs one barrier.

   A product does not care in which order the depth is summed, nor which row is called which. So lane (g, t) = (lane / 4, lane % 4) takes what lies together:
     depth    4t … 4t + 3 of every 16, where the instruction says t and t + 4, or 2t, 2t + 1, 2t + 8 and 2t + 9
     rows     8g … 8g + 7 of the warp's 64: 8g + 2i is row g of block i, 8g + 2i + 1 its row g + 8
     columns  4·π(g) … 4·π(g) + 3 of the warp's 32, π(g) = g / 2 + 4·(g % 2): 4·π(g) + i is column g of block i; results are then columns 4t … 4t + 3 and 16 + 4t … of a row
   With that, both layouts of shared memory are read and written 16 bytes at a time, with no bank conflicts (counted by the tests):
     along the depth   a line has 32 numbers, 8 chunks of 4; chunk ^ 4 in every other 8 rows (left) or 16 columns (right)
     along the lines   a depth has 128 numbers, 32 chunks of 4; chunk ^ a number from depth / 4 % 4 = t: bits 0 and 2 of it (left), bits 0 and 1 (right) */
#ifndef ENGRAM_PRODUCT_H
#define ENGRAM_PRODUCT_H

#define TILE 128
#define SLICE 32
#define STAGES 3
#define SIDE_BYTES (TILE * SLICE * 4)
#define STAGE_BYTES (2 * SIDE_BYTES)
#define SHARED_BYTES (STAGES * STAGE_BYTES)

/* One side: lines are rows of the left operand, or columns of the right one. Steps are in elements. `wide` says that chunks of four, along the depth or along the
   lines as the kernel's name says, begin at multiples of 16 bytes. */
typedef struct
{
    const float *start;
    int line_step, depth_step, batch_step, wide;
} side;

typedef struct
{
    side left, right;
    float *result;
    const float *bias;
    int row_step, batch_step, wide;
    int rows, columns, depth, parts, part_depth;
    float alpha, beta;
    int has_bias, relu;

    /* Convolutions only: a batch is a group of channels. `channels`, `height` and `width` are of the images that patches are taken from, `output_…` of what a patch makes
       a pixel of: of the result, or of the image where that is the result. */
    int channels, height, width, output_height, output_width, kernel_height, kernel_width;
    int stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width, group_channels;

    /* not 0: results are planes [images, planes, pixels], a row per plane of the group, and the bias is of planes */
    int planes;
} product_arguments;

/* What a side is in device memory:
     ALONG_DEPTH, ALONG_LINES   a matrix
     PATCHES                    right: a line per output pixel of all images, as deep as channels times taps; tap k of output o is pixel o·stride − padding + k·dilation
     SPREAD                     right: the same, but tap k of output o is pixel (o + padding − k·dilation) / stride, where that is a whole number
     PATCH_LINES                right: PATCHES the other way round, a line per channel and tap, as deep as all output pixels
     PLANES                     left: a line per plane of a group, as deep as all output pixels; line_step is a plane's pixels, depth_step an image's */
enum { ALONG_DEPTH, ALONG_LINES, PATCHES, SPREAD, PATCH_LINES, PLANES };

/* How a side lies in shared memory. */
INLINE int layout_of(int kind) { return kind == ALONG_DEPTH || kind >= PATCH_LINES ? ALONG_DEPTH : ALONG_LINES; }

INLINE int smaller(int a, int b) { return a < b ? a : b; }

/* Where in a side's slice the chunk lies that begins at a line and a depth. */
INLINE u32 chunk_depth(int right, int line, int chunk) { return (u32)(line * 128 + ((chunk ^ (((right ? line >> 4 : line >> 3) & 1) << 2)) * 16)); }

INLINE u32 chunk_lines(int right, int depth, int chunk)
{
    int t = (depth >> 2) & 3;
    return (u32)(depth * 512 + ((chunk ^ (right ? t : (t & 1) | ((t & 2) << 1))) * 16));
}

/* Four numbers that are `step` apart, the first `count` of which exist. */
INLINE void copy_four(u32 to, const float *start, int at, int step, int count)
{
    UNROLL
    for (int e = 0; e < 4; e++)
        copy4(to + (u32)(4 * e), e < count ? start + at + e * step : start, e < count ? 4 : 0);
}

/* A slice of a side from a depth on: 1024 chunks of four numbers, four per thread. What lies outside of the lines or of the depth becomes zeros. */
INLINE void copy_side(int kind, int right, const side *from, const float *start, u32 to, int first_line, int lines, int depth, int end)
{
    int along_depth = kind == ALONG_DEPTH, t = thread_index(), row = along_depth ? t / 8 : t / 32, chunk = along_depth ? t % 8 : t % 32, apart = along_depth ? 32 : 8;
    int line = first_line + (along_depth ? row : 4 * chunk), d = depth + (along_depth ? 4 * chunk : row), at = line * from->line_step + d * from->depth_step;
    int row_step = apart * (along_depth ? from->line_step : from->depth_step), element_step = along_depth ? from->depth_step : from->line_step;
    if (from->wide && first_line + TILE <= lines && depth + SLICE <= end)
    {
        UNROLL
        for (int i = 0; i < 4; i++)
            copy16(to + (along_depth ? chunk_depth(right, row + i * apart, chunk) : chunk_lines(right, row + i * apart, chunk)), start + at + i * row_step, 16);
        return;
    }

    UNROLL
    for (int i = 0; i < 4; i++)
    {
        u32 place = to + (along_depth ? chunk_depth(right, row + i * apart, chunk) : chunk_lines(right, row + i * apart, chunk));
        int count = along_depth ? (line + i * apart < lines ? end - d : 0) : (d + i * apart < end ? lines - line : 0);
        if (from->wide)
            copy16(place, count > 0 ? start + at + i * row_step : start, (u32)(count > 0 ? 4 * smaller(count, 4) : 0));
        else
            copy_four(place, start, at + i * row_step, element_step, count);
    }
}

/* What a thread knows of the lines that it gathers. PATCHES, SPREAD: of its four output pixels, 32 apart so that those of a warp lie together, the place, row and column of
   tap 0 of channel 0 in the image, for SPREAD divided by the stride, with a number that says what is left over. PATCH_LINES: in [0], channel, row and column (in pixels of
   the image) of the tap of its first line. A copy of no bytes reads nothing: what lies outside of the image may have any address. */
typedef struct
{
    int at[4], y[4], x[4], over[4];
} gathered;

enum { FAR_AWAY = 0x40000000 }; /* no sum of that and of a row or a column is in an image */

INLINE void find_lines(gathered *line, const product_arguments *p, int kind, int batch, int first_line)
{
    if (kind == PATCH_LINES)
    {
        int of = first_line + thread_index() / 32, taps = p->kernel_height * p->kernel_width;
        line->at[0] = of / taps;
        line->y[0] = of % taps / p->kernel_width * p->dilation_height;
        line->x[0] = of % taps % p->kernel_width * p->dilation_width;
        return;
    }

    int pixels = p->output_height * p->output_width;
    UNROLL
    for (int e = 0; e < 4; e++)
    {
        int of = first_line + thread_index() % 32 + 32 * e, pixel = of % pixels, y = pixel / p->output_width, x = pixel % p->output_width;
        if (kind == SPREAD)
        {
            y += p->padding_height;
            x += p->padding_width;
            line->over[e] = y % p->stride_height * p->stride_width + x % p->stride_width;
            y /= p->stride_height;
            x /= p->stride_width;
        }
        else
        {
            y = y * p->stride_height - p->padding_height;
            x = x * p->stride_width - p->padding_width;
        }

        line->at[e] = ((of / pixels * p->channels + batch * p->group_channels) * p->height + y) * p->width + x;
        line->y[e] = of < p->columns ? y : -FAR_AWAY;
        line->x[e] = x;
    }
}

INLINE void copy_patches(int kind, const product_arguments *p, const gathered *line, u32 to, int depth, int end)
{
    int taps = p->kernel_height * p->kernel_width;
    UNROLL
    for (int i = 0; i < 4; i++)
    {
        int row = thread_index() / 32 + 8 * i, d = depth + row, channel = d / taps, tap = d % taps, over = 0;
        int down = tap / p->kernel_width * p->dilation_height, across = tap % p->kernel_width * p->dilation_width;
        if (kind == SPREAD)
        {
            over = down % p->stride_height * p->stride_width + across % p->stride_width;
            down = -(down / p->stride_height);
            across = -(across / p->stride_width);
        }

        int further = (channel * p->height + down) * p->width + across;
        across = d < end ? across : FAR_AWAY;
        u32 place = to + chunk_lines(1, row, thread_index() % 32 / 4) + (u32)(4 * (thread_index() % 4)); /* eight chunks further, the same bits of the chunk change */
        UNROLL
        for (int e = 0; e < 4; e++)
        {
            int inside = ((u32)(line->y[e] + down) < (u32)p->height) & ((u32)(line->x[e] + across) < (u32)p->width);
            if (kind == SPREAD)
                inside &= line->over[e] == over;
            copy4(place + (u32)(128 * e), p->right.start + (line->at[e] + further), inside ? 4 : 0);
        }
    }
}

/* A lane has one output pixel, a warp every eighth line: reads and writes of a warp lie together. Rows and columns of taps are counted in pixels of the image. */
INLINE void copy_patch_lines(const product_arguments *p, const gathered *line, u32 to, int batch, int first_line, int depth, int end)
{
    int lane = thread_index() % 32, d = depth + lane, pixels = p->output_height * p->output_width, pixel = d % pixels;
    int top = pixel / p->output_width * p->stride_height - p->padding_height, left = pixel % p->output_width * p->stride_width - p->padding_width;
    int at = ((d / pixels * p->channels + batch * p->group_channels) * p->height + top) * p->width + left, lines = p->columns - first_line - thread_index() / 32;
    int channel = line->at[0], down = line->y[0], across = line->x[0], taps = p->kernel_height * p->kernel_width, rest = 8 % taps;
    int rest_down = rest / p->kernel_width * p->dilation_height, rest_across = rest % p->kernel_width * p->dilation_width;
    int rows = p->kernel_height * p->dilation_height, columns = p->kernel_width * p->dilation_width;
    top = d < end ? top : -FAR_AWAY;
    UNROLL
    for (int i = 0; i < 16; i++)
    {
        int inside = (8 * i < lines) & ((u32)(top + down) < (u32)p->height) & ((u32)(left + across) < (u32)p->width);
        copy4(to + chunk_depth(1, thread_index() / 32 + 8 * i, lane / 4) + (u32)(4 * (lane % 4)),
              p->right.start + (at + (channel * p->height + down) * p->width + across), inside ? 4 : 0);
        across += rest_across;
        int turned = across >= columns;
        across -= turned ? columns : 0;
        down += rest_down + (turned ? p->dilation_height : 0);
        turned = down >= rows;
        down -= turned ? rows : 0;
        channel += 8 / taps + turned;
    }
}

INLINE void copy_planes(const product_arguments *p, const float *start, u32 to, int first_line, int depth, int end)
{
    int row = thread_index() / 8, chunk = thread_index() % 8, d = depth + 4 * chunk, pixel = d % p->left.line_step, at[4];
    at[0] = d / p->left.line_step * p->left.depth_step + pixel;
    UNROLL
    for (int e = 1; e < 4; e++)
    {
        int next = ++pixel == p->left.line_step;
        at[e] = at[e - 1] + 1 + (next ? p->left.depth_step - p->left.line_step : 0);
        pixel = next ? 0 : pixel;
    }

    UNROLL
    for (int i = 0; i < 4; i++)
    {
        int line = first_line + row + 32 * i, count = line < p->rows ? end - d : 0;
        const float *plane = start + line * p->left.line_step;
        u32 place = to + chunk_depth(0, row + 32 * i, chunk);
        if (p->left.wide)
        {
            copy16(place, count > 0 ? plane + at[0] : start, (u32)(count > 0 ? 4 * smaller(count, 4) : 0));
        }
        else
        {
            UNROLL
            for (int e = 0; e < 4; e++)
                copy4(place + (u32)(4 * e), e < count ? plane + at[e] : start, e < count ? 4 : 0);
        }
    }
}

/* values[line][depth]: what a lane takes of 16 of the depth and of four lines (columns, or four of its eight rows, 4·of and up). `from` is the side's slice. */
INLINE void load_lines(float values[4][4], int kind, int right, u32 from, int warp_line, int lane, int of, int half)
{
    int g = lane / 4, t = lane % 4, line = warp_line + (right ? 4 * (g / 2 + 4 * (g % 2)) : 8 * g + 4 * of);
    UNROLL
    for (int i = 0; i < 4; i++)
    {
        if (kind == ALONG_DEPTH)
        {
            load4(values[i], from + chunk_depth(right, line + i, 4 * half + t));
        }
        else
        {
            float lines[4];
            load4(lines, from + chunk_lines(right, 16 * half + 4 * t + i, line / 4));
            UNROLL
            for (int l = 0; l < 4; l++)
                values[l][i] = lines[l];
        }
    }
}

/* sums[2][…] += rows (four of the lane's, two blocks) times columns, 16 of the depth: one instruction per block in BF16, two in TF32. */
INLINE void multiply(float sums[2][4][4], const float rows[4][4], const float columns[4][4])
{
#ifdef PRECISION_BF16
    u32 b[4][2];
    UNROLL
    for (int j = 0; j < 4; j++)
    {
        b[j][0] = to_bf16x2(columns[j][0], columns[j][1]);
        b[j][1] = to_bf16x2(columns[j][2], columns[j][3]);
    }

    UNROLL
    for (int i = 0; i < 2; i++)
    {
        const float *upper = rows[2 * i], *lower = rows[2 * i + 1];
        u32 a[4] = {to_bf16x2(upper[0], upper[1]), to_bf16x2(lower[0], lower[1]), to_bf16x2(upper[2], upper[3]), to_bf16x2(lower[2], lower[3])};
        UNROLL
        for (int j = 0; j < 4; j++)
            multiply_bf16(sums[i][j], a, b[j]);
    }
#else
    UNROLL
    for (int step = 0; step < 4; step += 2)
    {
        u32 b[4][2];
        UNROLL
        for (int j = 0; j < 4; j++)
        {
            b[j][0] = to_tf32(columns[j][step]);
            b[j][1] = to_tf32(columns[j][step + 1]);
        }

        UNROLL
        for (int i = 0; i < 2; i++)
        {
            const float *upper = rows[2 * i], *lower = rows[2 * i + 1];
            u32 a[4] = {to_tf32(upper[step]), to_tf32(lower[step]), to_tf32(upper[step + 1]), to_tf32(lower[step + 1])};
            UNROLL
            for (int j = 0; j < 4; j++)
                multiply_tf32(sums[i][j], a, b[j]);
        }
    }
#endif
}

/* Four neighbours of a row of the result, as far as it reaches. */
INLINE void put(const product_arguments *p, int plane, int row, int column, float values[4])
{
    int pixels = p->output_height * p->output_width, of_plane = p->planes ? plane * p->rows + row : 0;
    UNROLL
    for (int e = 0; e < 4; e++)
        values[e] *= p->alpha;
    if (p->wide && column + 3 < p->columns)
    {
        int at = p->planes ? (column / pixels * p->planes + of_plane) * pixels + column % pixels : plane * p->batch_step + row * p->row_step + column;
        float old[4] = {0, 0, 0, 0}, added[4] = {0, 0, 0, 0};
        if (p->beta != 0)
            global_load4(old, p->result + at);
        if (p->has_bias && p->planes)
            added[0] = added[1] = added[2] = added[3] = global_load(p->bias + of_plane);
        else if (p->has_bias)
            global_load4(added, p->bias + column);
        UNROLL
        for (int e = 0; e < 4; e++)
        {
            values[e] += p->beta * old[e] + added[e];
            values[e] = p->relu && values[e] < 0 ? 0 : values[e];
        }

        global_store4(p->result + at, values);
        return;
    }

    UNROLL
    for (int e = 0; e < 4 && column + e < p->columns; e++)
    {
        int c = column + e, at = p->planes ? (c / pixels * p->planes + of_plane) * pixels + c % pixels : plane * p->batch_step + row * p->row_step + c;
        float value = values[e];
        if (p->beta != 0)
            value += p->beta * global_load(p->result + at);
        if (p->has_bias)
            value += global_load(p->bias + (p->planes ? of_plane : c));
        global_store(p->result + at, p->relu && value < 0 ? 0 : value);
    }
}

INLINE void product(const product_arguments *p, int left, int right)
{
    int lane = thread_index() % 32, warp = thread_index() / 32, plane = group_z(), batch = plane / p->parts;
    int first_row = group_y() * TILE, first_column = group_x() * TILE, warp_row = warp / 4 * 64, warp_column = warp % 4 * 32;
    int depth = plane % p->parts * p->part_depth, end = smaller(depth + p->part_depth, p->depth);
    int slices = end > depth ? (end - depth + SLICE - 1) / SLICE : 0;
    u32 shared = shared_start();
    const float *left_start = p->left.start + (long long)batch * p->left.batch_step, *right_start = p->right.start + (long long)batch * p->right.batch_step;
    gathered line;
    if (right >= PATCHES)
        find_lines(&line, p, right, batch, first_column);

#define COPY_SLICE(of)                                                                                                                                   \
    if ((of) < slices)                                                                                                                                   \
    {                                                                                                                                                    \
        u32 stage = shared + (u32)((of) % STAGES) * STAGE_BYTES;                                                                                         \
        int from = depth + (of) * SLICE;                                                                                                                 \
        if (left == PLANES)                                                                                                                              \
            copy_planes(p, left_start, stage, first_row, from, end);                                                                                     \
        else                                                                                                                                             \
            copy_side(left, 0, &p->left, left_start, stage, first_row, p->rows, from, end);                                                              \
        if (right == PATCH_LINES)                                                                                                                        \
            copy_patch_lines(p, &line, stage + SIDE_BYTES, batch, first_column, from, end);                                                              \
        else if (right >= PATCHES)                                                                                                                       \
            copy_patches(right, p, &line, stage + SIDE_BYTES, from, end);                                                                                \
        else                                                                                                                                             \
            copy_side(right, 1, &p->right, right_start, stage + SIDE_BYTES, first_column, p->columns, from, end);                                        \
    }                                                                                                                                                    \
    copies_commit()

    float sums[2][2][4][4];
    UNROLL
    for (int i = 0; i < 64; i++)
        sums[i / 32][i / 16 % 2][i / 4 % 4][i % 4] = 0;
    NO_UNROLL
    for (int s = 0; s < STAGES - 1; s++)
    {
        COPY_SLICE(s);
    }

    NO_UNROLL
    for (int s = 0; s < slices; s++)
    {
        /* slice s has arrived, for everyone after the barrier; and everyone has read slice s − 1, whose stage is filled next */
        copies_wait(STAGES - 2);
        barrier();
        COPY_SLICE(s + STAGES - 1);
        warp_barrier();
        u32 stage = shared + (u32)(s % STAGES) * STAGE_BYTES;
        UNROLL
        for (int half = 0; half < 2; half++)
        {
            float columns[4][4], rows[4][4];
            load_lines(columns, layout_of(right), 1, stage + SIDE_BYTES, warp_column, lane, 0, half);
            UNROLL
            for (int of = 0; of < 2; of++)
            {
                load_lines(rows, layout_of(left), 0, stage, warp_row, lane, of, half);
                multiply(sums[of], (const float(*)[4])rows, (const float(*)[4])columns);
            }
        }
    }

    /* Registers have no index: results go to where they are written through places in shared memory that are the thread's own, sixteen quads, so that there is one such
       place in the code. Row i of the lane's eight is the upper (even) or lower row of block i / 2; a half has every other column of four blocks. */
    barrier();
    u32 own = shared + 16 * (u32)thread_index();
    UNROLL
    for (int i = 0; i < 16; i++)
    {
        int of = i / 8, block = i / 4 % 2, at = i / 2 % 2 * 2 + i % 2;
        float values[4] = {sums[of][block][0][at], sums[of][block][1][at], sums[of][block][2][at], sums[of][block][3][at]};
        store4(own + (u32)i * 4096, values);
    }

    NO_UNROLL
    for (int i = 0; i < 16; i++)
    {
        int row = first_row + warp_row + 8 * (lane / 4) + i / 2;
        float values[4];
        load4(values, own + (u32)i * 4096);
        if (row < p->rows)
            put(p, plane, row, first_column + warp_column + 16 * (i % 2) + 4 * (lane % 4), values);
    }
}

#endif
