/* The kernels, once per precision: PRECISION_BF16, or TF32. A name says how the left and the right side lie in shared memory. */
#ifdef ENGRAM_HOST
#include "host.h"
#else
#include "device.h"
#endif
#include "product.h"

#ifdef PRECISION_BF16
#define NAMED(name) name##_bf16
#else
#define NAMED(name) name##_tf32
#endif

KERNEL void NAMED(product_depth_depth)(product_arguments p) { product(&p, ALONG_DEPTH, ALONG_DEPTH); }
KERNEL void NAMED(product_depth_lines)(product_arguments p) { product(&p, ALONG_DEPTH, ALONG_LINES); }
KERNEL void NAMED(product_lines_depth)(product_arguments p) { product(&p, ALONG_LINES, ALONG_DEPTH); }
KERNEL void NAMED(product_lines_lines)(product_arguments p) { product(&p, ALONG_LINES, ALONG_LINES); }

/* Weights times patches; for the image's gradient, where strides are 1, weights by channel times patches of the result's gradient, with padding and dilation negative. */
KERNEL void NAMED(convolution)(product_arguments p) { product(&p, ALONG_DEPTH, PATCHES); }

/* The image's gradient, whatever the strides. */
KERNEL void NAMED(convolution_image)(product_arguments p) { product(&p, ALONG_DEPTH, SPREAD); }

/* The weights' gradient: the result's gradient times patches. */
KERNEL void NAMED(convolution_weight)(product_arguments p) { product(&p, PLANES, PATCH_LINES); }

#ifdef ENGRAM_HOST
static void (*chosen)(product_arguments);
static product_arguments given;

static void run_chosen(void) { chosen(given); }

KERNEL int arguments_size(void) { return (int)sizeof(product_arguments); }

/* Launches a kernel on the CPU. `shared` in bytes, `lent` says what the kernel may touch. Returns NULL, or what went wrong. One launch at a time. */
KERNEL const char *launch(void (*kernel)(product_arguments), const product_arguments *arguments, int groups_x, int groups_y, int groups_z, int shared, const lent *regions, int count,
                          int falling)
{
    message[0] = 0;
    if (shared > MOST_SHARED || count > 8)
        return "more shared memory or regions than there are";
    chosen = kernel;
    given = *arguments;
    entry = run_chosen;
    shared_cells = shared / 4;
    memcpy(memory, regions, (size_t)count * sizeof(lent));
    memories = count;
    for (int i = 0; i < THREADS; i++)
        threads[i].stack = threads[i].stack ? threads[i].stack : malloc(STACK);
    for (int i = 0; i < groups_x * groups_y * groups_z && !message[0]; i++)
    {
        group[0] = i % groups_x;
        group[1] = i / groups_x % groups_y;
        group[2] = i / groups_x / groups_y;
        run_group(falling);
    }

    return message[0] ? message : NULL;
}
#endif
