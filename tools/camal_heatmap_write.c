#include "camal_heatmap_write.h"
#include "base_file.h"
#include "base_log.h"
#include "base_progress.h"
#include "camal_export_csv.h"
#include "camal_heatmap_npy.h"
#include "camal_heatmap_text.h"
#include "camal_picture.h"
#include "nn_gradcam.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH       ((size_t)NN_GRADCAM_BATCH)
#define SINGLE_SIDE 256 /* pixels, about */
#define TILE_SIDE   128
#define GAP         6
#define LINE        (HEATMAP_TEXT_HEIGHT + 5)
#define CAPTION     (2 * LINE)
#define LEGEND      24
#define PER_SHEET   (HEATMAP_SHEET_COLUMNS * HEATMAP_SHEET_ROWS)
#define FILE_BYTES  (STORE_CLASS_NAME_MAX + 32)

static const uint8_t paper[3] = {255, 255, 255}, ink[3] = {20, 20, 20}, pale[3] = {110, 110, 110};

/* Work in progress: a batch of samples, the sheet that is being filled, the table. */
typedef struct work {
    const heatmap_job *job;
    int32_t size, height, width; /* S, of the maps */
    int32_t single, tile;        /* factors of enlargement */
    int32_t classes[NN_GRADCAM_BATCH];
    int64_t samples[NN_GRADCAM_BATCH];
    camal_map map[NN_GRADCAM_BATCH];
    uint8_t *image, *mask; /* [BATCH,...] */
    float *heat;           /* [count,h,w] */
    camal_sheet layout;
    camal_picture sheet;
    int32_t sheets; /* begun */
    camal_csv table;
} work;

/* ---- names ---- */

/* A class name as part of a file's name. */
static void clean_name(const char *name, char clean[STORE_CLASS_NAME_MAX])
{
    size_t i;

    snprintf(clean, STORE_CLASS_NAME_MAX, "%s", name);
    for (i = 0; clean[i]; i++)
        if ((unsigned char)clean[i] <= ' ' || strchr("/\\:*?\"<>|'`$&;(){}[]!~#\x7f", clean[i]))
            clean[i] = '-';
}

static void name_file(const work *w, const camal_map *map, char file[FILE_BYTES])
{
    char clean[STORE_CLASS_NAME_MAX];

    clean_name(w->job->round->class_name[map->class_index], clean);
    snprintf(file, FILE_BYTES, "sample-%07" PRId64 "-%s.png", map->sample, clean);
}

/* ---- pictures ---- */

/* The sample beside its heat map, both with the outline of the mask where it is known. */
static base_status draw_pair(const work *w, const heatmap_item *item, size_t i, size_t position,
                             int32_t factor, camal_picture *pair)
{
    size_t side = (size_t)w->size, positions = (size_t)w->height * (size_t)w->width;
    const uint8_t *mask = w->mask + i * side * store_mask_row_bytes(w->size);
    camal_picture plain, hot = {0};
    base_status status = camal_picture_sample(w->image + i * side * side * 3, w->size, factor, &plain);

    if (status != BASE_OK)
        return status;
    status = camal_picture_sample(w->image + i * side * side * 3, w->size, factor, &hot);
    if (status == BASE_OK)
        status = camal_picture_create(2 * plain.width + 2, plain.height, paper, pair);
    if (status == BASE_OK) {
        camal_picture_heat(&hot, w->heat + position * positions, w->height, w->width, w->map[i].largest);
        if (item->has_mask) {
            camal_picture_outline(&plain, mask, w->size, factor);
            camal_picture_outline(&hot, mask, w->size, factor);
        }
        camal_picture_paste(pair, &plain, 0, 0);
        camal_picture_paste(pair, &hot, plain.width + 2, 0);
    }
    camal_picture_destroy(&hot);
    camal_picture_destroy(&plain);
    return status;
}

static base_status write_single(const work *w, const heatmap_item *item, size_t i, size_t position)
{
    char file[FILE_BYTES], path[PATH_MAX];
    camal_picture pair;
    base_status status = draw_pair(w, item, i, position, w->single, &pair);

    if (status != BASE_OK)
        return status;
    name_file(w, &w->map[i], file);
    status = base_file_join(w->job->folder, file, path, sizeof path);
    if (status == BASE_OK)
        status = camal_picture_write(&pair, path);
    camal_picture_destroy(&pair);
    return status;
}

/* ---- sheets ---- */

static base_status begin_sheet(work *w, size_t left)
{
    size_t cells = left < PER_SHEET ? left : PER_SHEET;
    camal_picture cellar;
    base_status status;

    w->layout = (camal_sheet){.columns = HEATMAP_SHEET_COLUMNS,
                              .rows = (int32_t)((cells + HEATMAP_SHEET_COLUMNS - 1) / HEATMAP_SHEET_COLUMNS),
                              .cell_width = 2 * w->size * w->tile + 2,
                              .cell_height = w->size * w->tile + CAPTION,
                              .gap = GAP};
    status = camal_sheet_create(&w->layout, paper, &cellar);
    if (status != BASE_OK)
        return status;
    status = camal_picture_create(cellar.width, cellar.height + LEGEND, paper, &w->sheet);
    camal_picture_destroy(&cellar);
    return status;
}

static void draw_legend(camal_picture *sheet)
{
    static const char none[] = "NO HEAT", all[] = "MOST IN THE PICTURE";
    int32_t x = GAP, y = sheet->height - LEGEND + 4, i;
    uint8_t scale[256][3];

    camal_picture_scale(scale);
    heatmap_text_draw(sheet, x, y + 2, sheet->width, ink, none);
    x += (int32_t)sizeof none * HEATMAP_TEXT_WIDTH;
    for (i = 0; i < 256; i++)
        camal_picture_fill(sheet, x + i, y, 1, LEGEND - 9, scale[i]);
    heatmap_text_draw(sheet, x + 256 + HEATMAP_TEXT_WIDTH, y + 2, sheet->width, ink, all);
}

static base_status write_sheet(work *w)
{
    char file[32], path[PATH_MAX];
    base_status status;

    draw_legend(&w->sheet);
    snprintf(file, sizeof file, "sheet-%02d.png", w->sheets);
    status = base_file_join(w->job->folder, file, path, sizeof path);
    if (status == BASE_OK)
        status = camal_picture_write(&w->sheet, path);
    camal_picture_destroy(&w->sheet);
    return status;
}

static void write_caption(work *w, const heatmap_item *item, const camal_map *map, int32_t x, int32_t y)
{
    const store_round *round = w->job->round;
    int32_t width = w->layout.cell_width;
    char text[2 * STORE_CLASS_NAME_MAX];

    snprintf(text, sizeof text, "%" PRId64 " %.2f %s", map->sample, (double)map->confidence,
             round->class_name[map->predicted]);
    heatmap_text_draw(&w->sheet, x, y, width, ink, text);
    if (item->label == STORE_LABEL_UNKNOWN)
        snprintf(text, sizeof text, "%s", item->set);
    else if (item->label == map->predicted)
        snprintf(text, sizeof text, "%s right", item->set);
    else
        snprintf(text, sizeof text, "is %s, %s", round->class_name[item->label], item->set);
    heatmap_text_draw(&w->sheet, x, y + LINE, width, item->label == map->predicted ? pale : ink, text);
}

static base_status add_to_sheet(work *w, const heatmap_item *item, size_t i, size_t position)
{
    int32_t cell = (int32_t)(position % PER_SHEET), x, y;
    camal_picture pair;
    base_status status = draw_pair(w, item, i, position, w->tile, &pair);

    if (status != BASE_OK)
        return status;
    if (cell == 0) {
        status = begin_sheet(w, w->job->count - position);
        w->sheets++;
    }
    if (status == BASE_OK) {
        camal_sheet_place(&w->layout, cell, &x, &y);
        camal_picture_paste(&w->sheet, &pair, x, y);
        write_caption(w, item, &w->map[i], x, y + pair.height + 4);
    }
    camal_picture_destroy(&pair);
    if (status == BASE_OK && (cell == PER_SHEET - 1 || position == w->job->count - 1))
        status = write_sheet(w);
    return status;
}

/* ---- the table ---- */

static const char columns[] = "position,sheet,row,column,file,sample,set,label,predicted,confidence,map_of,"
                              "probability,energy,activation,"
                              "map_largest,map_sum,annotation_id";

static void add_to_table(work *w, const heatmap_item *item, const camal_map *map, size_t position)
{
    const store_round *round = w->job->round;
    int64_t cell = (int64_t)(position % PER_SHEET);
    char file[FILE_BYTES];
    camal_csv *t = &w->table;

    name_file(w, map, file);
    camal_csv_integer(t, (int64_t)position);
    camal_csv_integer(t, w->sheets);
    camal_csv_integer(t, cell / HEATMAP_SHEET_COLUMNS + 1);
    camal_csv_integer(t, cell % HEATMAP_SHEET_COLUMNS + 1);
    camal_csv_text(t, file);
    camal_csv_integer(t, map->sample);
    camal_csv_text(t, item->set);
    camal_csv_text(t, item->label == STORE_LABEL_UNKNOWN ? "" : round->class_name[item->label]);
    camal_csv_text(t, round->class_name[map->predicted]);
    camal_csv_float(t, map->confidence);
    camal_csv_text(t, round->class_name[map->class_index]);
    camal_csv_float(t, map->probability);
    camal_csv_float(t, item->energy);
    camal_csv_float(t, item->activation);
    camal_csv_float(t, map->largest);
    camal_csv_float(t, map->sum);
    camal_csv_integer(t, store_dataset_table(w->job->dataset)->annotation_id[map->sample]);
    camal_csv_end_line(t);
}

/* ---- batches ---- */

static int32_t class_of(const heatmap_job *job, const heatmap_item *item)
{
    if (job->of == HEATMAP_OF_CLASS)
        return job->class_index;
    if (job->of == HEATMAP_OF_LABEL && item->label != STORE_LABEL_UNKNOWN)
        return item->label;
    return CAMAL_MAPS_PREDICTED;
}

/* Masks of samples whose mask may be shown, in their places; the others are not read. */
static base_status read_masks(work *w, const heatmap_item *item, size_t count)
{
    size_t one = (size_t)w->size * store_mask_row_bytes(w->size), i;
    base_status status = BASE_OK;

    for (i = 0; status == BASE_OK && i < count; i++)
        if (item[i].has_mask)
            status = store_dataset_gather(w->job->dataset, &item[i].sample, 1, NULL, w->mask + i * one);
    return status;
}

static base_status do_batch(work *w, size_t first, size_t count)
{
    const heatmap_item *item = w->job->item + first;
    size_t positions = (size_t)w->height * (size_t)w->width, i;
    base_status status;

    for (i = 0; i < count; i++) {
        w->samples[i] = item[i].sample;
        w->classes[i] = class_of(w->job, &item[i]);
    }
    status = camal_maps_compute(w->job->maps, w->samples, w->classes, count, w->map,
                                w->heat + first * positions, NULL, w->image);
    if (status == BASE_OK)
        status = read_masks(w, item, count);
    for (i = 0; status == BASE_OK && i < count; i++) {
        status = write_single(w, &item[i], i, first + i);
        if (status == BASE_OK)
            status = add_to_sheet(w, &item[i], i, first + i);
        if (status == BASE_OK)
            add_to_table(w, &item[i], &w->map[i], first + i);
    }
    return status;
}

static base_status finish(work *w)
{
    int64_t shape[3] = {(int64_t)w->job->count, w->height, w->width};
    char path[PATH_MAX];
    base_status status = BASE_OK;

    if (w->job->npy)
        status = base_file_join(w->job->folder, "maps.npy", path, sizeof path);
    if (w->job->npy && status == BASE_OK)
        status = heatmap_npy_write(path, w->heat, shape, 3);
    if (status == BASE_OK)
        status = base_file_join(w->job->folder, "index.csv", path, sizeof path);
    return status == BASE_OK ? camal_csv_finish(&w->table, path) : status;
}

static base_status prepare(work *w)
{
    size_t side;

    w->size = store_dataset_table(w->job->dataset)->size;
    side = (size_t)w->size;
    camal_maps_size(w->job->maps, &w->height, &w->width);
    w->single = w->job->factor > 0 ? w->job->factor : (w->size < SINGLE_SIDE ? SINGLE_SIDE / w->size : 1);
    w->tile = w->size < TILE_SIDE ? TILE_SIDE / w->size : 1;
    w->image = malloc(BATCH * side * side * 3);
    w->mask = calloc(BATCH, side * store_mask_row_bytes(w->size));
    w->heat = malloc(w->job->count * (size_t)w->height * (size_t)w->width * sizeof *w->heat);
    if (w->image && w->mask && w->heat)
        return camal_csv_begin(&w->table, columns);
    base_log_error("out of memory for the heat maps of %zu samples", w->job->count);
    return BASE_ERR_MEMORY;
}

base_status heatmap_write(const heatmap_job *job)
{
    work w = {.job = job};
    base_progress progress = base_progress_start("heat maps", "samples", job->count);
    base_status status = prepare(&w);
    size_t done, now;

    for (done = 0; status == BASE_OK && done < job->count; done += now) {
        now = job->count - done < BATCH ? job->count - done : BATCH;
        status = do_batch(&w, done, now);
        if (status == BASE_OK)
            base_progress_update(&progress, done + now, NULL);
    }
    if (status == BASE_OK)
        status = finish(&w);
    if (status == BASE_OK)
        base_progress_end(&progress, NULL);
    camal_csv_abandon(&w.table);
    camal_picture_destroy(&w.sheet);
    free(w.heat);
    free(w.mask);
    free(w.image);
    return status;
}
