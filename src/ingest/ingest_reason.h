/** Why an annotation became no sample, or a picture could not be used. */
#ifndef INGEST_REASON_H
#define INGEST_REASON_H

/* One list makes the codes, their names in the summary and their explanation. The order is the order in which
 * they are looked for, but for class_not_selected, which is known last and stands before all about box,
 * picture and mask: so a class chosen by name or by rank leaves the same counts. */
#define INGEST_REASON_LIST(X)                                                                                \
    X(INGEST_USED, "used", "became a sample")                                                                \
    X(INGEST_DUPLICATE_ID, "duplicate_id", "an earlier annotation has the same id")                          \
    X(INGEST_UNKNOWN_IMAGE, "unknown_image", "image_id names no image")                                      \
    X(INGEST_UNKNOWN_CATEGORY, "unknown_category", "category_id names no category")                          \
    X(INGEST_CROWD, "crowd", "iscrowd: a region of many, not an instance")                                   \
    X(INGEST_CLASS_NOT_SELECTED, "class_not_selected", "--classes or --map leaves its category out")         \
    X(INGEST_SPLIT_UNKNOWN, "split_unknown", "its image's --split-key is none of train, val, test")          \
    X(INGEST_BOX_INVALID, "box_invalid", "bbox is missing, not four finite numbers, or without area")        \
    X(INGEST_BOX_OUTSIDE, "box_outside", "bbox does not touch the picture")                                  \
    X(INGEST_BOX_TOO_SMALL, "box_too_small", "longer side of bbox in the picture below --min-box")           \
    X(INGEST_WITH_PICTURE, "with_picture", "--mode image: another annotation stands for its picture")        \
    X(INGEST_SEVERAL_CLASSES, "several_classes",                                                             \
      "--mode image: its picture has annotations of several classes")                                        \
    X(INGEST_PICTURE_OUTSIDE, "picture_outside", "file_name leaves the --images folder")                     \
    X(INGEST_PICTURE_MISSING, "picture_missing", "no such file")                                             \
    X(INGEST_PICTURE_UNREADABLE, "picture_unreadable", "the file cannot be read")                            \
    X(INGEST_PICTURE_NOT_SUPPORTED, "picture_not_supported",                                                 \
      "not a kind of JPEG, PNG, TIFF or BMP known here")                                                     \
    X(INGEST_PICTURE_TOO_LARGE, "picture_too_large", "more than 2^28 pixels")                                \
    X(INGEST_PICTURE_SIZE_DIFFERS, "picture_size_differs",                                                   \
      "width or height differ from the annotation file")                                                     \
    X(INGEST_PICTURE_TRUNCATED, "picture_truncated", "the file ends before the picture does")                \
    X(INGEST_PICTURE_DAMAGED, "picture_damaged", "the decoder refuses it")                                   \
    X(INGEST_MASK_INVALID, "mask_invalid", "segmentation contradicts itself or the picture's size")

typedef enum ingest_reason {
#define INGEST_REASON_ENUM(code, name, text) code,
    INGEST_REASON_LIST(INGEST_REASON_ENUM)
#undef INGEST_REASON_ENUM
        INGEST_REASONS /* how many there are */
} ingest_reason;

/** Name as in the summary, such as "box_too_small". Static storage. Local. */
const char *ingest_reason_name(ingest_reason reason);

/** One line of explanation. Static storage. Local. */
const char *ingest_reason_text(ingest_reason reason);

#endif
