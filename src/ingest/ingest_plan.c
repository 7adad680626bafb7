#include "ingest_plan.h"
#include "base_log.h"
#include "ingest_classes.h"
#include "ingest_split.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_IMAGE, KEY_FILE, KEY_GROUP, KEY_BYTES, KEY_NEAR, KEY_KINDS };

static base_status no_memory(size_t samples)
{
    base_log_error("no memory for the plan of %zu samples", samples);
    return BASE_ERR_MEMORY;
}

/* ---- classes ---- */

/* Annotations that nobody asked for are that first, whatever else is wrong with them. */
static void leave_out(const ingest_coco *coco, const uint8_t *wanted, ingest_outcome *outcomes)
{
    size_t i;

    for (i = 0; i < coco->annotation_count; i++)
        if (coco->annotations[i].category != INGEST_NONE && !wanted[coco->annotations[i].category] &&
            (outcomes[i].reason == INGEST_USED || outcomes[i].reason > INGEST_CLASS_NOT_SELECTED))
            outcomes[i].reason = INGEST_CLASS_NOT_SELECTED;
}

/* What stood in the way, for whoever wonders why a class is empty. */
static void tell_reasons(const ingest_coco *coco, const ingest_outcome *outcomes)
{
    size_t counts[INGEST_REASONS] = {0}, i;

    for (i = 0; i < coco->annotation_count; i++)
        counts[outcomes[i].reason]++;
    for (i = INGEST_USED + 1; i < INGEST_REASONS; i++)
        if (counts[i])
            base_log_info("%zu annotations are skipped: %s: %s", counts[i],
                          ingest_reason_name((ingest_reason)i), ingest_reason_text((ingest_reason)i));
}

/* One path of those that could not be read shows a wrong folder, or names with another folder before them. */
static void tell_picture(const ingest_options *options, const ingest_coco *coco, const ingest_sight *sights,
                         size_t count)
{
    size_t i;

    for (i = 0; i < count && sights[i].result.reason == INGEST_USED;)
        i++;
    if (i < count) {
        const ingest_image *image = &coco->images[sights[i].image];
        bool listed = image->path != INGEST_NONE;

        base_log_info("the first such picture: %s%s%s: %s",
                      listed ? "" : options->sources[image->source].images, listed ? "" : "/",
                      coco->text + (listed ? image->path : image->file_name),
                      ingest_reason_name(sights[i].result.reason));
    }
}

static base_status choose_classes(const ingest_options *options, const ingest_coco *coco,
                                  const ingest_sight *sights, size_t sight_count, ingest_outcome *outcomes,
                                  uint8_t *wanted)
{
    size_t *usable = calloc(coco->category_count + 1, sizeof *usable), i;
    base_status status;

    if (!usable)
        return no_memory(coco->annotation_count);
    for (i = 0; i < coco->annotation_count; i++)
        if (outcomes[i].reason == INGEST_USED && coco->annotations[i].category != INGEST_NONE)
            usable[coco->annotations[i].category]++;
    status = ingest_classes_choose(options->classes, coco, usable, wanted);
    free(usable);
    if (status == BASE_OK) {
        leave_out(coco, wanted, outcomes);
    } else {
        tell_reasons(coco, outcomes);
        tell_picture(options, coco, sights, sight_count);
    }
    return status;
}

/* Names stand in tables, a line each: control characters would break them. */
static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* A class's name or supercategory, which need not be there. */
static base_status check_name(const ingest_coco *coco, const ingest_category *category, size_t text)
{
    const char *name = text == INGEST_NONE ? "" : coco->text + text;

    if (text == category->name && !*name)
        base_log_error(
            "category id %lld has an empty name: name it in the annotation file, or leave it out by "
            "--classes",
            (long long)category->id);
    else if (!is_plain(name))
        base_log_error(
            "category id %lld: a line break or another control character in a name: take it out in the "
            "annotation file",
            (long long)category->id);
    else if (strlen(name) >= STORE_CLASS_NAME_MAX)
        base_log_error("the name \"%s\" has %zu bytes; a class has at most %d", name, strlen(name),
                       STORE_CLASS_NAME_MAX - 1);
    else
        return BASE_OK;
    return BASE_ERR_INPUT;
}

static base_status number_classes(const ingest_coco *coco, const uint8_t *wanted, ingest_plan *plan)
{
    base_status status = BASE_OK;
    size_t c;

    plan->categories = malloc((coco->category_count + 1) * sizeof *plan->categories);
    if (!plan->categories)
        return no_memory(coco->annotation_count);
    for (c = 0; c < coco->category_count && status == BASE_OK; c++) {
        if (!wanted[c])
            continue;
        plan->categories[plan->classes++] = c;
        status = check_name(coco, &coco->categories[c], coco->categories[c].name);
        if (status == BASE_OK)
            status = check_name(coco, &coco->categories[c], coco->categories[c].supercategory);
    }
    return status;
}

/* ---- rows ---- */

static base_status number_rows(const ingest_coco *coco, const ingest_outcome *outcomes, ingest_plan *plan)
{
    size_t *label_of = calloc(coco->category_count + 1, sizeof *label_of), i, row = 0;

    for (i = 0; i < coco->annotation_count; i++)
        plan->samples += outcomes[i].reason == INGEST_USED;
    plan->rows = malloc((plan->samples + 1) * sizeof *plan->rows);
    plan->label = malloc((plan->samples + 1) * sizeof *plan->label);
    plan->group = malloc((plan->samples + 1) * sizeof *plan->group);
    plan->split = malloc(plan->samples + 1);
    if (!label_of || !plan->rows || !plan->label || !plan->group || !plan->split) {
        free(label_of);
        return no_memory(plan->samples);
    }
    for (i = 0; i < plan->classes; i++)
        label_of[plan->categories[i]] = i;
    for (i = 0; i < coco->annotation_count; i++)
        if (outcomes[i].reason == INGEST_USED) {
            size_t category = coco->annotations[i].category;

            plan->rows[row] = i;
            plan->label[row++] = category == INGEST_NONE ? STORE_LABEL_UNKNOWN : (int32_t)label_of[category];
        }
    free(label_of);
    return BASE_OK;
}

/* ---- groups ---- */

typedef struct named {
    const char *folder, *text;
    size_t image;
} named;

static int by_text(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int sign = strcmp(x->text, y->text);

    return sign ? sign : strcmp(x->folder, y->folder);
}

/* Number the images so that those of one group, or of one picture, have equal numbers. Groups go across
 * sources, a picture is the same where its folder or list is. */
static void number_texts(const ingest_options *options, const ingest_coco *coco, bool group, named *sorted,
                         size_t *numbers)
{
    size_t i, count = 0, number = 0;

    for (i = 0; i < coco->image_count; i++) {
        size_t text = group ? coco->images[i].group : coco->images[i].file_name;
        const char *folder = options->sources[coco->images[i].source].images;

        numbers[i] = SIZE_MAX;
        if (text != INGEST_NONE)
            sorted[count++] = (named){group || !folder ? "" : folder, coco->text + text, i};
    }
    if (count)
        qsort(sorted, count, sizeof *sorted, by_text);
    for (i = 0; i < count; i++) {
        if (i > 0 && by_text(&sorted[i], &sorted[i - 1]) != 0)
            number = i;
        numbers[sorted[i].image] = number;
    }
}

static size_t first_of(const size_t *keys, size_t row)
{
    while (keys[row * KEY_KINDS + KEY_NEAR] != row)
        row = keys[row * KEY_KINDS + KEY_NEAR];
    return row;
}

/* Near copies get the number of the earliest sample that they are connected to. */
static void join_near(const ingest_plan *plan, size_t *keys)
{
    size_t row, i;

    for (row = 0; row < plan->samples; row++)
        keys[row * KEY_KINDS + KEY_NEAR] = row;
    for (i = 0; i < plan->quality.pair_count; i++) {
        size_t a = first_of(keys, plan->quality.pairs[i].a), b = first_of(keys, plan->quality.pairs[i].b);

        keys[(a < b ? b : a) * KEY_KINDS + KEY_NEAR] = a < b ? a : b;
    }
    for (row = 0; row < plan->samples; row++) /* the earlier ones point to their first already */
        keys[row * KEY_KINDS + KEY_NEAR] = first_of(keys, row);
}

static base_status group_rows(const ingest_options *options, const ingest_coco *coco, ingest_plan *plan)
{
    named *sorted = malloc((coco->image_count + 1) * sizeof *sorted);
    size_t *files = malloc((coco->image_count + 1) * sizeof *files);
    size_t *groups = malloc((coco->image_count + 1) * sizeof *groups);
    size_t *keys = malloc((plan->samples + 1) * KEY_KINDS * sizeof *keys), row;
    base_status status;

    if (sorted && files && groups && keys) {
        number_texts(options, coco, false, sorted, files);
        number_texts(options, coco, true, sorted, groups);
        for (row = 0; row < plan->samples; row++) {
            size_t image = coco->annotations[plan->rows[row]].image;

            keys[row * KEY_KINDS + KEY_IMAGE] = image;
            keys[row * KEY_KINDS + KEY_FILE] = files[image];
            keys[row * KEY_KINDS + KEY_GROUP] = groups[image];
            keys[row * KEY_KINDS + KEY_BYTES] =
                options->group_duplicates ? plan->quality.bytes_set[row] : SIZE_MAX;
            keys[row * KEY_KINDS + KEY_NEAR] = SIZE_MAX;
        }
        if (options->group_duplicates)
            join_near(plan, keys);
        status = ingest_split_groups(plan->samples, KEY_KINDS, keys, plan->group, &plan->groups);
    } else {
        status = no_memory(plan->samples);
    }
    free(sorted);
    free(files);
    free(groups);
    free(keys);
    return status;
}

/* ---- splits ---- */

/* The split that the annotation file gives; no group may be torn apart by it. */
static base_status given_split(const ingest_options *options, const ingest_coco *coco, ingest_plan *plan)
{
    size_t *first = malloc((plan->groups + 1) * sizeof *first), row; /* of each group */
    base_status status = BASE_OK;

    if (!first)
        return no_memory(plan->samples);
    for (row = 0; row < plan->groups; row++)
        first[row] = INGEST_NONE;
    for (row = 0; row < plan->samples && status == BASE_OK; row++) {
        const ingest_image *image = &coco->images[coco->annotations[plan->rows[row]].image];
        size_t *mate = &first[plan->group[row]];

        if (plan->label[row] == STORE_LABEL_UNKNOWN)
            plan->split[row] = STORE_SPLIT_TRAIN; /* the pool */
        else
            ingest_judge_split(coco->text + image->split, &plan->split[row]);
        if (*mate == INGEST_NONE)
            *mate = row;
        if (plan->split[row] != plan->split[*mate]) {
            base_log_error("--split-key %s: \"%s\" and \"%s\" belong to one group but not to one split",
                           options->split_key,
                           coco->text + coco->images[coco->annotations[plan->rows[*mate]].image].file_name,
                           coco->text + image->file_name);
            status = BASE_ERR_INPUT;
        }
    }
    free(first);
    return status;
}

/* Pictures without a label are the pool's, which is of the train split; so is all of their group. */
static void find_bound(const ingest_plan *plan, uint8_t *bound)
{
    size_t row, labelled = 0;

    for (row = 0; row < plan->samples; row++)
        if (plan->label[row] == STORE_LABEL_UNKNOWN)
            bound[plan->group[row]] = 1;
    for (row = 0; row < plan->samples; row++)
        labelled += plan->label[row] != STORE_LABEL_UNKNOWN && bound[plan->group[row]];
    if (labelled > 0)
        base_log_warn("%zu labelled samples are in the train split whatever --split says: --unlabelled has "
                      "copies of their pictures",
                      labelled);
}

/* Of samples that may be in any split. */
static base_status draw_split(const ingest_options *options, ingest_plan *plan)
{
    size_t row, known = 0;
    int32_t *label = malloc((plan->samples + 1) * sizeof *label);
    int64_t *group = malloc((plan->samples + 1) * sizeof *group);
    uint8_t *split = malloc(plan->samples + 1), *bound = calloc(plan->groups + 1, 1);
    base_status status = BASE_ERR_MEMORY;

    if (label && group && split && bound) {
        find_bound(plan, bound);
        for (row = 0; row < plan->samples; row++)
            if (!bound[plan->group[row]]) {
                label[known] = plan->label[row];
                group[known++] = plan->group[row];
            }
        status = ingest_split_assign(known, plan->classes, plan->groups, label, group, options->parts,
                                     options->seed, split);
        for (row = plan->samples; row-- > 0 && status == BASE_OK;)
            plan->split[row] = bound[plan->group[row]] ? STORE_SPLIT_TRAIN : split[--known];
    } else {
        no_memory(plan->samples);
    }
    free(bound);
    free(label);
    free(group);
    free(split);
    return status;
}

static base_status check_train(const ingest_plan *plan)
{
    size_t row;

    for (row = 0; row < plan->samples; row++)
        if (plan->split[row] == STORE_SPLIT_TRAIN && plan->label[row] != STORE_LABEL_UNKNOWN)
            return BASE_OK;
    base_log_error("none of %zu samples is in the train split with a label", plan->samples);
    return BASE_ERR_INPUT;
}

base_status ingest_plan_make(const ingest_options *options, const ingest_coco *coco, ingest_outcome *outcomes,
                             const ingest_sight *sights, size_t sight_count, uint8_t *wanted,
                             ingest_plan *plan)
{
    ingest_plan made;
    base_status status;

    memset(&made, 0, sizeof made);
    status = choose_classes(options, coco, sights, sight_count, outcomes, wanted);
    if (status == BASE_OK)
        status = number_classes(coco, wanted, &made);
    if (status == BASE_OK)
        status = number_rows(coco, outcomes, &made);
    if (status == BASE_OK)
        status =
            ingest_quality_find(coco, outcomes, sights, sight_count, made.rows, made.samples, &made.quality);
    if (status == BASE_OK)
        status = group_rows(options, coco, &made);
    if (status == BASE_OK)
        status = options->split_key ? given_split(options, coco, &made) : draw_split(options, &made);
    if (status == BASE_OK)
        status = check_train(&made);
    if (status == BASE_OK)
        *plan = made;
    else
        ingest_plan_clear(&made);
    return status;
}

base_status ingest_plan_share(const comm_world *world, ingest_plan *plan)
{
    size_t bytes = plan->samples * sizeof *plan->rows;
    base_status status = comm_broadcast_block(world, (void **)&plan->rows, &bytes);

    if (status != BASE_OK)
        return status;
    plan->samples = bytes / sizeof *plan->rows;
    return comm_broadcast_block(world, (void **)&plan->split, &plan->samples);
}

/* ---- table ---- */

static void fill_sample(const ingest_options *options, const ingest_coco *coco, const ingest_plan *plan,
                        size_t row, store_table *table)
{
    const ingest_annotation *annotation = &coco->annotations[plan->rows[row]];
    size_t i;

    table->label[row] = plan->label[row];
    table->split[row] = plan->split[row];
    table->group[row] = plan->group[row];
    table->image_id[row] = annotation->image_id;
    table->annotation_id[row] = annotation->id;
    for (i = 0; i < 4 && !ingest_judge_whole(options, annotation);
         i++) /* that of a whole picture comes with its size */
        table->bbox[4 * row + i] = (float)annotation->box[i];
}

static void fill_class(const ingest_coco *coco, const ingest_category *category, store_class_info *info)
{
    const char *above = category->supercategory == INGEST_NONE ? "" : coco->text + category->supercategory;

    info->category_id = category->id;
    snprintf(info->name, sizeof info->name, "%s", coco->text + category->name);
    snprintf(info->supercategory, sizeof info->supercategory, "%s", above);
}

/* Rows are in order of image, and so are sights: whoever has a sample was seen. */
static base_status fill_images(const ingest_options *options, const ingest_coco *coco,
                               const ingest_plan *plan, const ingest_sight *sights, size_t sight_count,
                               store_table *table)
{
    size_t row, sight = 0, filled = 0, before = INGEST_NONE;

    for (row = 0; row < plan->samples; row++) {
        size_t image = coco->annotations[plan->rows[row]].image;
        store_image_info *info = &table->image_info[filled];
        bool whole = ingest_judge_whole(options, &coco->annotations[plan->rows[row]]);

        while (whole && sight < sight_count && sights[sight].image != image)
            sight++;
        if (whole && sight < sight_count) {
            table->bbox[4 * row + 2] = (float)sights[sight].result.width;
            table->bbox[4 * row + 3] = (float)sights[sight].result.height;
        }
        if (image == before)
            continue;
        while (sight < sight_count && sights[sight].image != image)
            sight++;
        if (sight == sight_count) {
            base_log_error("image %lld has a sample but was never read", (long long)coco->images[image].id);
            return BASE_ERR_INTERNAL;
        }
        info->id = coco->images[image].id;
        info->width = sights[sight].result.width;
        info->height = sights[sight].result.height;
        info->file_name = strdup(coco->text + coco->images[image].file_name);
        if (!info->file_name)
            return no_memory(plan->samples);
        before = image;
        filled++;
    }
    return BASE_OK;
}

static size_t count_images(const ingest_coco *coco, const ingest_plan *plan)
{
    size_t row, images = 0;

    for (row = 0; row < plan->samples; row++)
        images += row == 0 ||
                  coco->annotations[plan->rows[row]].image != coco->annotations[plan->rows[row - 1]].image;
    return images;
}

base_status ingest_plan_table(const ingest_options *options, const ingest_coco *coco, const ingest_plan *plan,
                              const ingest_sight *sights, size_t sight_count, store_table *table)
{
    store_table made;
    base_status status = store_table_create(plan->samples, plan->classes, count_images(coco, plan), &made);
    size_t i;

    if (status != BASE_OK)
        return status;
    made.size = options->size;
    for (i = 0; i < plan->samples; i++)
        fill_sample(options, coco, plan, i, &made);
    for (i = 0; i < plan->classes; i++)
        fill_class(coco, &coco->categories[plan->categories[i]], &made.class_info[i]);
    status = fill_images(options, coco, plan, sights, sight_count, &made);
    if (status == BASE_OK)
        *table = made;
    else
        store_table_destroy(&made);
    return status;
}

void ingest_plan_clear(ingest_plan *plan)
{
    if (!plan)
        return;
    free(plan->rows);
    free(plan->split);
    free(plan->label);
    free(plan->group);
    free(plan->categories);
    ingest_quality_clear(&plan->quality);
    memset(plan, 0, sizeof *plan);
}
