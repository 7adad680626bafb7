#include "ingest_sources.h"
#include "base_log.h"
#include "ingest_list.h"
#include "ingest_map.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static base_status no_memory(size_t records)
{
    base_log_error("no memory for %zu records of annotation files", records);
    return BASE_ERR_MEMORY;
}

/* Room for more records behind those of a block. */
static bool make_room(void **block, size_t used, size_t more, size_t item)
{
    void *grown = realloc(*block, (used + more + 1) * item);

    if (grown)
        *block = grown;
    return grown != NULL;
}

static bool shift_id(int64_t *id, size_t source)
{
    if (source > 0 && (*id < 0 || *id >> INGEST_SOURCE_SHIFT != 0))
        return false;
    *id += (int64_t)source << INGEST_SOURCE_SHIFT;
    return true;
}

static base_status refuse_id(const char *path, const char *what, int64_t id)
{
    base_log_error("%s: %s id %" PRId64 ": in the second annotation file and later ids are 0 to 2^%d - 1",
                   path, what, id, INGEST_SOURCE_SHIFT);
    return BASE_ERR_INPUT;
}

/* ---- categories ---- */

static size_t find_name(const ingest_coco *all, const char *name)
{
    size_t c;

    for (c = 0; c < all->category_count; c++)
        if (!all->categories[c].dropped && strcmp(all->text + all->categories[c].name, name) == 0)
            return c;
    return INGEST_NONE;
}

static bool has_id(const ingest_coco *all, int64_t id)
{
    size_t c;

    for (c = 0; c < all->category_count; c++)
        if (all->categories[c].id == id)
            return true;
    return false;
}

/* Where a category of one file goes among all: to its namesake, or to a place of its own. Without a second
 * file or a mapping every category keeps its own, whatever its name. */
static base_status place_category(const ingest_options *options, ingest_map *map, const ingest_coco *one,
                                  const ingest_category *category, size_t source, ingest_coco *all,
                                  size_t *place)
{
    bool merging = options->source_count > 1 || options->map;
    const char *old = one->text + category->name, *name = ingest_map_apply(map, old);
    ingest_category *made = &all->categories[all->category_count];
    base_status status;

    *place = name && merging ? find_name(all, name) : INGEST_NONE;
    if (*place != INGEST_NONE)
        return BASE_OK;
    *made = *category;
    made->dropped = name == NULL;
    if (has_id(all, made->id) && !shift_id(&made->id, source))
        return refuse_id(options->sources[source].annotations, "category", made->id);
    status = ingest_coco_keep(all, name ? name : old, &made->name);
    if (status == BASE_OK && category->supercategory != INGEST_NONE)
        status = ingest_coco_keep(all, one->text + category->supercategory, &made->supercategory);
    if (status == BASE_OK)
        *place = all->category_count++;
    return status;
}

static base_status join_categories(const ingest_options *options, ingest_map *map, const ingest_coco *one,
                                   size_t source, ingest_coco *all, size_t *places)
{
    base_status status = BASE_OK;
    size_t c;

    if (!make_room((void **)&all->categories, all->category_count, one->category_count,
                   sizeof *all->categories))
        return no_memory(one->category_count);
    for (c = 0; c < one->category_count && status == BASE_OK; c++)
        status = place_category(options, map, one, &one->categories[c], source, all, &places[c]);
    return status;
}

/* ---- images and annotations ---- */

static size_t moved(size_t offset, size_t base)
{
    return offset == INGEST_NONE ? INGEST_NONE : offset + base;
}

static base_status join_images(const ingest_options *options, const ingest_coco *one, size_t source,
                               size_t text_base, ingest_coco *all)
{
    size_t i;

    if (!make_room((void **)&all->images, all->image_count, one->image_count, sizeof *all->images))
        return no_memory(one->image_count);
    for (i = 0; i < one->image_count; i++) {
        ingest_image *image = &all->images[all->image_count++];

        *image = one->images[i];
        image->file_name += text_base;
        image->group = moved(image->group, text_base);
        image->split = moved(image->split, text_base);
        image->source = (uint32_t)source;
        if (!shift_id(&image->id, source))
            return refuse_id(options->sources[source].annotations, "image", image->id);
    }
    return BASE_OK;
}

static base_status join_annotations(const ingest_options *options, const ingest_coco *one, size_t source,
                                    size_t image_base, const size_t *places, ingest_coco *all)
{
    size_t i;

    if (!make_room((void **)&all->annotations, all->annotation_count, one->annotation_count,
                   sizeof *all->annotations))
        return no_memory(one->annotation_count);
    for (i = 0; i < one->annotation_count; i++) {
        ingest_annotation *annotation = &all->annotations[all->annotation_count++];

        *annotation = one->annotations[i];
        annotation->image = moved(annotation->image, image_base);
        if (annotation->category != INGEST_NONE)
            annotation->category = places[annotation->category];
        annotation->source = (uint16_t)source;
        if (!shift_id(&annotation->id, source) || !shift_id(&annotation->image_id, source))
            return refuse_id(options->sources[source].annotations, "annotation or image", annotation->id);
    }
    return BASE_OK;
}

static base_status join(const ingest_options *options, ingest_map *map, const ingest_coco *one, size_t source,
                        ingest_coco *all)
{
    size_t text_base = all->text_size, image_base = all->image_count;
    size_t *places = malloc((one->category_count + 1) * sizeof *places);
    base_status status = BASE_OK;

    if (!places || !make_room((void **)&all->text, all->text_size, one->text_size, 1)) {
        free(places);
        return no_memory(one->annotation_count);
    }
    if (one->text_size)
        memcpy(all->text + all->text_size, one->text, one->text_size);
    all->text_size += one->text_size;
    all->file_bytes[source] = one->file_bytes[0];
    status = join_categories(options, map, one, source, all, places);
    if (status == BASE_OK)
        status = join_images(options, one, source, text_base, all);
    if (status == BASE_OK)
        status = join_annotations(options, one, source, image_base, places, all);
    free(places);
    return status;
}

/* ---- where pictures are ---- */

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) != 0 || S_ISDIR(about.st_mode); /* what is not there was complained of before */
}

/* The pictures of an annotation file whose --images is a list. */
static base_status locate(const char *list_path, size_t source, ingest_coco *all)
{
    base_status status;
    ingest_list list;
    size_t i;

    status = ingest_list_read(list_path, &list);
    if (status != BASE_OK)
        return status;
    for (i = 0; i < all->image_count && status == BASE_OK; i++) {
        ingest_image *image = &all->images[i];
        const ingest_listed *file;
        int several;

        if (image->source != source)
            continue;
        file = ingest_list_find(&list, all->text + image->file_name, &several);
        if (several) {
            base_log_error("%s: several pictures are named \"%s\"", list_path, all->text + image->file_name);
            status = BASE_ERR_INPUT;
            break;
        }
        image->bytes = file ? file->bytes : 0;
        status = ingest_coco_keep(all, file ? file->path : "", &image->path);
    }
    ingest_list_clear(&list);
    return status;
}

/* ---- pictures that stand for themselves ---- */

/* People answer by annotation id, so each has one of its own: no annotation file has ids of an unlabelled
 * source, nor negative ones. */
static base_status add_stand_in(ingest_coco *all, size_t image, ingest_kind kind, size_t category)
{
    int64_t id = all->images[image].id;

    if (!make_room((void **)&all->annotations, all->annotation_count, 1, sizeof *all->annotations))
        return no_memory(all->annotation_count);
    all->annotations[all->annotation_count++] =
        (ingest_annotation){.id = kind == INGEST_UNLABELLED ? id : -1 - id,
                            .image_id = all->images[image].id,
                            .image = image,
                            .category = category,
                            .kind = (uint8_t)kind,
                            .source = (uint16_t)all->images[image].source};
    return BASE_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool same_place(const char *images, const char *folder)
{
    return images && strcmp(images, folder) == 0; /* a dry run may not know where pictures are */
}

/* The names of the pictures that annotation files have in the same folder, in order. */
static const char **known_names(const ingest_options *options, const char *folder, const ingest_coco *all,
                                size_t *count)
{
    const char **names = malloc((all->image_count + 1) * sizeof *names);
    size_t i;

    *count = 0;
    for (i = 0; names && i < all->image_count; i++)
        if (same_place(options->sources[all->images[i].source].images, folder))
            names[(*count)++] = all->text + all->images[i].file_name;
    if (names && *count)
        qsort(names, *count, sizeof *names, by_text);
    return names;
}

/* Leave out of a list what an annotation file speaks of: it would be in the pool what it is in a split. */
static base_status drop_known(const ingest_options *options, const char *folder, const ingest_coco *all,
                              ingest_list *list)
{
    size_t known, i, kept = 0;
    const char **names = known_names(options, folder, all, &known);

    if (!names)
        return no_memory(all->image_count);
    for (i = 0; i < list->count; i++) {
        const char *name = list->files[i].name;

        if (known && bsearch(&name, names, known, sizeof *names, by_text)) {
            free(list->files[i].name);
            free(list->files[i].path);
        } else {
            list->files[kept++] = list->files[i];
        }
    }
    if (kept < list->count)
        base_log_info("--unlabelled %s: %zu of %zu pictures are in an annotation file and not taken again",
                      folder, list->count - kept, list->count);
    list->count = kept;
    free(names);
    return BASE_OK;
}

static base_status add_unlabelled(const ingest_options *options, size_t source, ingest_coco *all)
{
    const char *path = options->sources[source].images;
    base_status status;
    ingest_list list;
    size_t i;

    status = ingest_list_read(path, &list);
    if (status != BASE_OK)
        return status;
    status = drop_known(options, path, all, &list);
    if (status == BASE_OK && list.count == 0)
        base_log_warn("--unlabelled %s: there is no picture", path);
    if (status == BASE_OK &&
        !make_room((void **)&all->images, all->image_count, list.count, sizeof *all->images))
        status = no_memory(list.count);
    for (i = 0; i < list.count && status == BASE_OK; i++) {
        ingest_image *image = &all->images[all->image_count];

        *image = (ingest_image){.id = (int64_t)source << INGEST_SOURCE_SHIFT | (int64_t)i,
                                .group = INGEST_NONE,
                                .split = INGEST_NONE,
                                .bytes = list.files[i].bytes,
                                .source = (uint32_t)source};
        status = ingest_coco_keep(all, list.files[i].name, &image->file_name);
        if (status == BASE_OK)
            status = ingest_coco_keep(all, list.files[i].path, &image->path);
        if (status == BASE_OK)
            status = add_stand_in(all, all->image_count++, INGEST_UNLABELLED, INGEST_NONE);
    }
    ingest_list_clear(&list);
    return status;
}

static base_status empty_category(const char *name, ingest_coco *all, size_t *category)
{
    int64_t id = 0;
    size_t c;

    *category = find_name(all, name);
    if (*category != INGEST_NONE)
        return BASE_OK;
    for (c = 0; c < all->category_count; c++)
        id = all->categories[c].id >= id ? all->categories[c].id + 1 : id;
    if (!make_room((void **)&all->categories, all->category_count, 1, sizeof *all->categories))
        return no_memory(all->category_count);
    *category = all->category_count;
    all->categories[all->category_count++] = (ingest_category){.id = id, .supercategory = INGEST_NONE};
    return ingest_coco_keep(all, name, &all->categories[*category].name);
}

/* Before unlabelled pictures are there: every image is of an annotation file. */
static base_status add_empty(const char *name, ingest_coco *all)
{
    uint8_t *annotated = calloc(all->image_count + 1, 1);
    base_status status;
    size_t i, category = INGEST_NONE;

    if (!annotated)
        return no_memory(all->image_count);
    status = empty_category(name, all, &category);
    for (i = 0; i < all->annotation_count; i++)
        if (all->annotations[i].image != INGEST_NONE)
            annotated[all->annotations[i].image] = 1;
    for (i = 0; i < all->image_count && status == BASE_OK; i++)
        if (!annotated[i])
            status = add_stand_in(all, i, INGEST_EMPTY, category);
    free(annotated);
    return status;
}

/* ---- the whole ---- */

static base_status read_annotated(const ingest_options *options, ingest_map *map, ingest_coco *all)
{
    base_status status = BASE_OK;
    size_t s;

    for (s = 0; s < options->source_count && status == BASE_OK; s++) {
        const ingest_source *source = &options->sources[s];
        ingest_coco one = {0};

        if (!source->annotations)
            continue;
        status = ingest_coco_read(source->annotations, options->group_key, options->split_key, &one);
        if (status == BASE_OK && options->source_count == 1 && !options->map) {
            *all = one; /* nothing to join: no second copy */
            break;
        }
        if (status == BASE_OK)
            status = join(options, map, &one, s, all);
        ingest_coco_destroy(&one);
    }
    return status;
}

static base_status complete(const ingest_options *options, ingest_coco *all)
{
    size_t before = all->annotation_count, s;
    base_status status =
        ingest_coco_check_keys(options->sources[0].annotations, options->group_key, options->split_key, all);

    if (status == BASE_OK && options->empty_class)
        status = add_empty(options->empty_class, all);
    for (s = 0; s < options->source_count && status == BASE_OK; s++) {
        const ingest_source *source = &options->sources[s];

        if (!source->annotations)
            status = add_unlabelled(options, s, all);
        else if (source->images && !is_folder(source->images))
            status = locate(source->images, s, all);
    }
    if (status == BASE_OK && all->annotation_count > before)
        ingest_coco_order(all);
    return status;
}

base_status ingest_sources_read(const ingest_options *options, ingest_coco *coco)
{
    ingest_map map = {0};
    ingest_coco all = {0};
    base_status status = options->map ? ingest_map_read(options->map, &map) : BASE_OK;

    if (status == BASE_OK)
        status = read_annotated(options, &map, &all);
    if (status == BASE_OK && options->map)
        status = ingest_map_check_used(options->map, &map);
    if (status == BASE_OK)
        status = complete(options, &all);
    ingest_map_clear(&map);
    if (status == BASE_OK)
        *coco = all;
    else
        ingest_coco_destroy(&all);
    return status;
}
