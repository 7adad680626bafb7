/** Pixels read ahead by threads: the bytes of store_dataset_gather(), through any filters, and every damage
 * told. */
#include "../base/capture.h"
#include "store_array.h"
#include "store_chunk_index.h"
#include "store_chunks.h"
#include "store_fixture.h"
#include "store_pack.h"
#include "store_table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N     400
#define SIZE  64
#define ROWS  85 /* of a chunk */
#define IMAGE ((size_t)SIZE * SIZE * 3)
#define MASK  ((size_t)SIZE * SIZE / 8)

static char folder[PATH_MAX], path[PATH_MAX];
static capture captured;

/* What the reader's pread() does, by the linker's --wrap: as it is, or a little at a time with interruptions.
 */
static atomic_int stingy, calls;
static atomic_long delay; /* microseconds before each */

ssize_t __real_pread(int file, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread(int file, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread(int file, void *bytes, size_t size, off_t at)
{
    int call = atomic_fetch_add(&calls, 1);

    if (atomic_load(&delay) > 0)
        usleep((useconds_t)atomic_load(&delay));
    if (!atomic_load(&stingy))
        return __real_pread(file, bytes, size, at);
    if (call % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return __real_pread(file, bytes, size < 50000 ? size : 50000, at);
}

static void setup(void)
{
    atomic_store(&stingy, 0);
    atomic_store(&delay, 0);
    fixture_folder_make(folder);
    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, N, SIZE);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

/* Every sample, or a list with gaps that leaves out whole chunks. */
static size_t list_samples(bool gaps, int64_t ids[N])
{
    size_t count = 0;
    int64_t i;

    for (i = 0; i < N; i++)
        if (!gaps || (i % 7 < 3 && (i < ROWS || i >= 3 * ROWS)))
            ids[count++] = i;
    return count;
}

/* Read a list in windows of `window`, as far ahead as `depth` allows. */
static base_status read_all(store_chunks *reader, const int64_t *ids, size_t count, size_t window,
                            uint8_t *images, uint8_t *masks)
{
    size_t asked = 0, done = 0;
    base_status status = BASE_OK;
    store_window got;

    while (done < count && status == BASE_OK) {
        while (asked < count && store_chunks_room(reader) > 0 && status == BASE_OK) {
            size_t now = count - asked < window ? count - asked : window;

            status = store_chunks_ask(reader, ids + asked, now);
            asked += now;
        }
        if (status == BASE_OK)
            status = store_chunks_next(reader, &got);
        if (status != BASE_OK)
            break;
        if (got.sample != ids + done || (got.mask != NULL) != (masks != NULL))
            return BASE_ERR_INTERNAL;
        memcpy(images + done * IMAGE, got.image, got.count * IMAGE);
        if (masks)
            memcpy(masks + done * MASK, got.mask, got.count * MASK);
        done += got.count;
    }
    return status;
}

/* Read a list of the data set at `path` and compare with what was written. */
static void check_reading(bool gaps, bool with_masks, size_t window, size_t depth, int32_t threads)
{
    uint8_t *images = malloc(N * IMAGE), *masks = malloc(N * MASK);
    uint8_t *all_images = fixture_images(N, SIZE), *all_masks = fixture_masks(N, SIZE);
    store_dataset *dataset = NULL;
    store_chunks *reader = NULL;
    size_t count, i, wrong = 0;
    int64_t ids[N];

    count = list_samples(gaps, ids);
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_chunks_open(dataset, with_masks, window, depth, threads, &reader), BASE_OK);
    ck_assert_int_eq(read_all(reader, ids, count, window, images, with_masks ? masks : NULL), BASE_OK);
    for (i = 0; i < count; i++) {
        wrong += memcmp(images + i * IMAGE, all_images + (size_t)ids[i] * IMAGE, IMAGE) != 0;
        wrong += with_masks && memcmp(masks + i * MASK, all_masks + (size_t)ids[i] * MASK, MASK) != 0;
    }
    ck_assert_uint_eq(wrong, 0);
    store_chunks_close(&reader);
    ck_assert_ptr_null(reader);
    store_dataset_close(&dataset);
    free(all_masks);
    free(all_images);
    free(masks);
    free(images);
}

static const struct {
    bool gaps, masks;
    size_t window, depth;
    int32_t threads;
} readings[] = {{false, false, 64, 2, 1}, {true, true, 64, 2, 1},   {true, true, 1, 3, 2},
                {false, true, 7, 8, 4},   {true, false, 400, 1, 1}, {false, false, 85, 4, 3}};

START_TEST(windows_bring_what_was_written)
{
    check_reading(readings[_i].gaps, readings[_i].masks, readings[_i].window, readings[_i].depth,
                  readings[_i].threads);
}
END_TEST

START_TEST(windows_equal_what_gather_gives)
{
    uint8_t *images = malloc(2 * N * IMAGE), *masks = malloc(2 * N * MASK);
    store_dataset *dataset = NULL;
    store_chunks *reader = NULL;
    int64_t ids[N];
    size_t count = list_samples(true, ids);

    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_chunks_open(dataset, true, 50, 2, 1, &reader), BASE_OK);
    ck_assert_int_eq(read_all(reader, ids, count, 50, images, masks), BASE_OK);
    ck_assert_int_eq(store_dataset_gather(dataset, ids, count, images + N * IMAGE, masks + N * MASK),
                     BASE_OK);
    ck_assert_mem_eq(images, images + N * IMAGE, count * IMAGE);
    ck_assert_mem_eq(masks, masks + N * MASK, count * MASK);
    store_chunks_close(&reader);
    store_dataset_close(&dataset);
    free(masks);
    free(images);
}
END_TEST

START_TEST(short_and_interrupted_reads_are_taken_up_again)
{
    atomic_store(&stingy, 1);
    check_reading(true, true, 64, 2, 2);
    ck_assert_int_gt(atomic_load(&calls), 3 * (int)(ROWS * IMAGE / 50000));
}
END_TEST

START_TEST(small_windows_read_each_chunk_once)
{
    uint8_t *images = malloc(N * IMAGE);
    store_dataset *dataset = NULL;
    store_chunks *reader = NULL;
    store_chunks_stats stats;
    int64_t ids[N];
    size_t count = list_samples(false, ids);

    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    atomic_store(&delay, 20000);
    ck_assert_int_eq(store_chunks_open(dataset, false, 9, 2, 1, &reader), BASE_OK);
    ck_assert_int_eq(read_all(reader, ids, count, 9, images, NULL), BASE_OK);
    stats = store_chunks_measure(reader);
    ck_assert_uint_eq(stats.bytes, (N / ROWS + 1) * (ROWS * IMAGE + STORE_PACK_CHECKSUM));
    ck_assert(stats.stall_seconds >
              0.02); /* of the five reads, 20 ms each, the first is waited for in full */
    store_chunks_close(&reader);
    store_dataset_close(&dataset);
    free(images);
}
END_TEST

/* Where the last chunk of images begins. */
static size_t last_chunk(void)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "/samples/image", H5P_DEFAULT);
    hsize_t at[4] = {N / ROWS * ROWS}, size;
    haddr_t address;
    unsigned skipped;

    ck_assert_int_ge(H5Dget_chunk_info_by_coord(dataset, at, &skipped, &address, &size), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    return (size_t)address;
}

static size_t last_at; /* as last_chunk() says */

/* Open, damage, read all: what the reader says, and what it logs. */
static void expect_error(void (*damage)(void), const char *in_log)
{
    uint8_t *images = malloc(N * IMAGE), *masks = malloc(N * MASK);
    store_dataset *dataset = NULL;
    store_chunks *reader = NULL;
    store_window window;
    int64_t ids[N];
    size_t count = list_samples(false, ids);
    base_status first, again;
    const char *text;

    last_at = last_chunk();
    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    damage();
    ck_assert_int_eq(store_chunks_open(dataset, true, 40, 2, 2, &reader), BASE_OK);
    capture_begin(&captured);
    first = read_all(reader, ids, count, 40, images, masks);
    again = store_chunks_next(reader, &window);
    store_chunks_close(&reader);
    text = capture_end(&captured);
    ck_assert_int_eq(first, BASE_ERR_INPUT);
    ck_assert_int_eq(again, BASE_ERR_INPUT);
    ck_assert_msg(strstr(text, path) != NULL && strstr(text, in_log) != NULL, "%s", text);
    store_dataset_close(&dataset);
    free(masks);
    free(images);
}

static void flip_last(void)
{
    fixture_flip(path, last_at + 1000, 3);
}

static void cut_last(void)
{
    ck_assert_int_eq(truncate(path, (off_t)(last_at + 5000)), 0);
}

START_TEST(damaged_chunk_is_named)
{
    expect_error(flip_last, "/samples/image: the chunk of row 340 has checksum");
}
END_TEST

START_TEST(file_cut_short_is_named)
{
    expect_error(cut_last, "/samples/image: cannot read the chunk of row 340");
}
END_TEST

/* ---- what others' tools make of the file ---- */

typedef struct layout {
    int filters;
    H5Z_filter_t filter[3];
    hsize_t chunk[4];
    unsigned skipped; /* filter mask of the first chunk */
} layout;

static hid_t pipeline_of(const layout *l)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    int i;

    if (l->chunk[0] > 0)
        ck_assert_int_ge(H5Pset_chunk(properties, 4, l->chunk), 0);
    for (i = 0; i < l->filters; i++) {
        if (l->filter[i] == H5Z_FILTER_SHUFFLE)
            ck_assert_int_ge(H5Pset_shuffle(properties), 0);
        else if (l->filter[i] == H5Z_FILTER_DEFLATE)
            ck_assert_int_ge(H5Pset_deflate(properties, 1), 0);
        else if (l->filter[i] == H5Z_FILTER_NBIT)
            ck_assert_int_ge(H5Pset_nbit(properties), 0);
        else
            ck_assert_int_ge(H5Pset_fletcher32(properties), 0);
    }
    return properties;
}

/* Store the images of the data set anew. */
static void rewrite_images(const layout *l)
{
    uint8_t *images = fixture_images(N, SIZE), *chunk = calloc(1, ROWS * IMAGE + STORE_PACK_CHECKSUM);
    hsize_t dims[4] = {N, SIZE, SIZE, 3}, at[4] = {0};
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), space = H5Screate_simple(4, dims, NULL);
    hid_t properties = pipeline_of(l), dataset;

    ck_assert_int_ge(H5Ldelete(file, "/samples/image", H5P_DEFAULT), 0);
    dataset = H5Dcreate2(file, "/samples/image", H5T_STD_U8LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    ck_assert_int_ge(H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, images), 0);
    if (l->skipped) { /* the first chunk as it would be stored if the filters before the checksum failed */
        uint32_t sum = store_pack_fletcher32(images, ROWS * IMAGE);
        size_t size = ROWS * IMAGE + (l->skipped & 4 ? 0 : STORE_PACK_CHECKSUM);

        memcpy(chunk, images, ROWS * IMAGE);
        memcpy(chunk + ROWS * IMAGE, &sum, sizeof sum);
        ck_assert_int_ge(H5Dwrite_chunk(dataset, H5P_DEFAULT, l->skipped, at, size, chunk), 0);
    }
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
    ck_assert_int_ge(H5Fclose(file), 0);
    free(chunk);
    free(images);
}

#define WHOLE                                                                                                \
    {                                                                                                        \
        ROWS, SIZE, SIZE, 3                                                                                  \
    }

static const layout known[] = {
    {1, {H5Z_FILTER_FLETCHER32}, WHOLE, 0},
    {2, {H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, WHOLE, 0},
    {3, {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, WHOLE, 0},
    {3, {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, WHOLE, 2}, /* deflate left out */
    {3, {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, WHOLE, 3},
};

START_TEST(other_filters_and_masks_are_honoured)
{
    rewrite_images(&known[_i]);
    check_reading(true, true, 64, 2, 2);
}
END_TEST

static const layout unknown[] = {
    {0, {0}, {0}, 0},   /* not chunked */
    {0, {0}, WHOLE, 0}, /* no checksum */
    {1, {H5Z_FILTER_DEFLATE}, WHOLE, 0},
    {2, {H5Z_FILTER_NBIT, H5Z_FILTER_FLETCHER32}, WHOLE, 0},
    {2, {H5Z_FILTER_FLETCHER32, H5Z_FILTER_DEFLATE}, WHOLE, 0},                     /* in another order */
    {3, {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, WHOLE, 6}, /* checksum left out */
    {1, {H5Z_FILTER_FLETCHER32}, {ROWS, SIZE, SIZE / 2, 3}, 0},
    {1, {H5Z_FILTER_FLETCHER32}, {ROWS - 1, SIZE, SIZE, 3}, 0},
};

START_TEST(unknown_layouts_are_refused)
{
    store_dataset *dataset = NULL;
    base_status status;
    const char *text;

    rewrite_images(&unknown[_i]);
    capture_begin(&captured);
    status = store_dataset_open(path, &dataset);
    text = capture_end(&captured);
    ck_assert_int_eq(status, BASE_ERR_INPUT);
    ck_assert_ptr_null(dataset);
    ck_assert_msg(strstr(text, "/samples/image") != NULL, "%s", text);
}
END_TEST

START_TEST(misuse_is_refused)
{
    static const int64_t good[] = {1, 2, 5}, twice[] = {1, 1}, falling[] = {5, 4}, beyond[] = {3, N},
                         negative[] = {-1};
    store_dataset *dataset = NULL;
    store_chunks *reader = NULL;
    store_window window;

    ck_assert_int_eq(store_dataset_open(path, &dataset), BASE_OK);
    ck_assert_int_eq(store_chunks_open(dataset, false, 3, 2, 0, &reader), BASE_ERR_USAGE);
    ck_assert_int_eq(store_chunks_open(dataset, false, 3, 2, STORE_CHUNKS_THREADS_MAX + 1, &reader),
                     BASE_ERR_USAGE);
    ck_assert_int_eq(store_chunks_open(dataset, false, 3, 0, 1, &reader), BASE_ERR_USAGE);
    ck_assert_int_eq(store_chunks_open(dataset, false, 0, 2, 1, &reader), BASE_ERR_USAGE);
    ck_assert_ptr_null(reader);
    ck_assert_int_eq(store_chunks_open(dataset, false, 2, 2, 1, &reader), BASE_OK);
    ck_assert_int_eq(store_chunks_next(reader, &window), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, good, 3), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, good, 0), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, twice, 2), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, falling, 2), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, beyond, 2), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, negative, 1), BASE_ERR_INTERNAL);
    ck_assert_int_eq(store_chunks_ask(reader, good, 2), BASE_OK);
    ck_assert_int_eq(store_chunks_ask(reader, good + 2, 1), BASE_OK);
    ck_assert_uint_eq(store_chunks_room(reader), 0);
    ck_assert_int_eq(store_chunks_ask(reader, good, 1), BASE_ERR_INTERNAL);
    store_chunks_close(&reader); /* with windows that nobody took */
    store_chunks_close(&reader);
    store_dataset_close(&dataset);
}
END_TEST

/* ---- the index ---- */

enum { WIDTH = 5 };

/* An array of chunks of one row, some of them missing, some without their deflation. */
static void write_array(size_t chunks, bool growing)
{
    const store_h5_shape shape = {2, {(int64_t)chunks, WIDTH}};
    hsize_t dims[2] = {chunks, WIDTH}, chunk[2] = {1, WIDTH}, limits[2] = {H5S_UNLIMITED, WIDTH};
    hid_t array, space, properties;
    store_h5 h5;
    size_t i;

    ck_assert_int_eq(store_h5_create(path, &h5), BASE_OK);
    if (growing) {
        space = H5Screate_simple(2, dims, limits);
        properties = H5Pcreate(H5P_DATASET_CREATE);
        ck_assert(H5Pset_chunk(properties, 2, chunk) >= 0 && H5Pset_fletcher32(properties) >= 0);
        array = H5Dcreate2(h5.file, "/array", H5T_STD_U8LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
        ck_assert(H5Pclose(properties) >= 0 && H5Sclose(space) >= 0);
    } else {
        ck_assert_int_eq(store_array_create(&h5, "/array", &shape, 1, true, &array), BASE_OK);
    }
    for (i = 0; i < chunks; i++) {
        const hsize_t at[2] = {i, 0};
        char bytes[16] = "";

        if (i % 7 != 3 && i / 1024 != 1)
            ck_assert(H5Dwrite_chunk(array, H5P_DEFAULT, i % 3 == 0, at, 5 + i % 11, bytes) >= 0);
    }
    ck_assert(H5Dclose(array) >= 0);
    ck_assert_int_eq(store_h5_close(&h5), BASE_OK);
}

/* Is the index read as HDF5 reads it? False: it is of a kind that is not read. */
static bool index_is_read(size_t chunks)
{
    store_chunk_entry *entries;
    int file = open(path, O_RDONLY);
    store_h5 h5;
    hid_t array;
    size_t i;

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(store_h5_open(path, &h5), BASE_OK);
    array = H5Dopen2(h5.file, "/array", H5P_DEFAULT);
    ck_assert_int_eq(store_chunk_index_read(&h5, "/array", array, file, chunks, &entries), BASE_OK);
    for (i = 0; entries && i < chunks; i++) {
        const hsize_t at[2] = {i, 0};
        haddr_t address;
        unsigned skipped;
        hsize_t size;

        ck_assert(H5Dget_chunk_info_by_coord(array, at, &skipped, &address, &size) >= 0);
        ck_assert_uint_eq(entries[i].address, address);
        ck_assert(address == HADDR_UNDEF || (entries[i].size == size && entries[i].skipped == skipped));
    }
    H5Dclose(array);
    store_h5_drop(&h5);
    close(file);
    free(entries);
    return i == chunks;
}

/* Of one page, of several, with a page that was never written. */
START_TEST(places_of_chunks_are_those_that_hdf5_tells)
{
    static const size_t chunks[] = {2, 100, 1024, 1025, 2050};
    size_t i;

    for (i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        write_array(chunks[i], false);
        ck_assert(index_is_read(chunks[i]));
        ck_assert(index_is_read(chunks[i] - 1));
        atomic_store(&stingy, 1);
        ck_assert(index_is_read(chunks[i]));
        atomic_store(&stingy, 0);
    }
}
END_TEST

START_TEST(other_indices_are_left_to_hdf5)
{
    write_array(1, false);
    ck_assert(!index_is_read(1));
    write_array(50, true);
    ck_assert(!index_is_read(50));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunks");
    TCase *tests = tcase_create("chunks");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, windows_bring_what_was_written, 0, sizeof readings / sizeof *readings);
    tcase_add_test(tests, windows_equal_what_gather_gives);
    tcase_add_test(tests, short_and_interrupted_reads_are_taken_up_again);
    tcase_add_test(tests, small_windows_read_each_chunk_once);
    tcase_add_test(tests, damaged_chunk_is_named);
    tcase_add_test(tests, file_cut_short_is_named);
    tcase_add_test(tests, places_of_chunks_are_those_that_hdf5_tells);
    tcase_add_test(tests, other_indices_are_left_to_hdf5);
    tcase_add_loop_test(tests, other_filters_and_masks_are_honoured, 0, sizeof known / sizeof *known);
    tcase_add_loop_test(tests, unknown_layouts_are_refused, 0, sizeof unknown / sizeof *unknown);
    tcase_add_test(tests, misuse_is_refused);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
