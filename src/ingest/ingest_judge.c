#include "ingest_judge.h"
#include "ingest_crop.h"
#include "store_records.h"
#include <string.h>

typedef struct judge {
    const ingest_options *options;
    const ingest_coco *coco;
    const uint8_t *wanted;
    size_t first, end; /* annotations of the image */
} judge;

bool ingest_judge_split(const char *text, uint8_t *split)
{
    static const struct {
        const char *name;
        store_split split;
    } names[] = {{"train", STORE_SPLIT_TRAIN},
                 {"val", STORE_SPLIT_VALIDATION},
                 {"validation", STORE_SPLIT_VALIDATION},
                 {"test", STORE_SPLIT_TEST}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].name) == 0) {
            *split = (uint8_t)names[i].split;
            return true;
        }
    return false;
}

size_t ingest_judge_image_end(const ingest_coco *coco, size_t first, size_t limit)
{
    size_t i = first;

    while (i < limit && coco->annotations[i].image_id == coco->annotations[first].image_id)
        i++;
    return i;
}

bool ingest_judge_whole(const ingest_options *options, const ingest_annotation *annotation)
{
    return options->mode == INGEST_IMAGE || annotation->kind != INGEST_ANNOTATED;
}

/* In mode image: is this the first of annotations that are all of one class? */
static ingest_reason stands_for_picture(const judge *j, size_t index)
{
    ingest_reason reason = INGEST_USED;
    size_t i;

    for (i = j->first; i < j->end; i++) {
        const ingest_annotation *other = &j->coco->annotations[i];

        if (other->duplicate || other->category == INGEST_NONE || !j->wanted[other->category])
            continue;
        if (other->category != j->coco->annotations[index].category)
            return INGEST_SEVERAL_CLASSES;
        if (i < index)
            reason = INGEST_WITH_PICTURE;
    }
    return reason;
}

static ingest_reason judge_place(const judge *j, size_t index)
{
    const ingest_annotation *annotation = &j->coco->annotations[index];
    const ingest_image *image = &j->coco->images[annotation->image];
    double clipped[4];
    uint8_t split;

    if (j->options->split_key && annotation->kind != INGEST_UNLABELLED &&
        (image->split == INGEST_NONE || !ingest_judge_split(j->coco->text + image->split, &split)))
        return INGEST_SPLIT_UNKNOWN;
    if (ingest_judge_whole(j->options, annotation))
        return annotation->kind == INGEST_ANNOTATED ? stands_for_picture(j, index) : INGEST_USED;
    if (!annotation->has_box)
        return INGEST_BOX_INVALID;
    if (image->width && image->height)
        return ingest_crop_clip(annotation->box, image->width, image->height, j->options->min_box, clipped);
    return INGEST_USED;
}

static ingest_reason judge_one(const judge *j, size_t index)
{
    const ingest_annotation *annotation = &j->coco->annotations[index];

    if (annotation->duplicate)
        return INGEST_DUPLICATE_ID;
    if (annotation->image == INGEST_NONE)
        return INGEST_UNKNOWN_IMAGE;
    if (annotation->kind != INGEST_UNLABELLED) {
        if (annotation->category == INGEST_NONE)
            return INGEST_UNKNOWN_CATEGORY;
        if (annotation->crowd && j->options->mode == INGEST_INSTANCE)
            return INGEST_CROWD;
        if (!j->wanted[annotation->category])
            return INGEST_CLASS_NOT_SELECTED;
    }
    return judge_place(j, index);
}

void ingest_judge_image(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                        size_t first, size_t end, ingest_outcome *outcomes)
{
    judge j = {options, coco, wanted, first, end};
    size_t i;

    for (i = first; i < end; i++)
        outcomes[i - first] = (ingest_outcome){.reason = (uint8_t)judge_one(&j, i)};
}

void ingest_judge_all(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                      ingest_outcome *outcomes)
{
    size_t first, end;

    for (first = 0; first < coco->annotation_count; first = end) {
        end = ingest_judge_image_end(coco, first, coco->annotation_count);
        ingest_judge_image(options, coco, wanted, first, end, outcomes + first);
    }
}
