#include "store_check.h"
#include "store_report.h"
#include "store_table.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* False, and a message, for the first row that breaks a rule. */
static bool check_sample(store_report *report, const store_table *table, size_t i)
{
    const float *box = table->bbox + 4 * i;

    if (table->label[i] < STORE_LABEL_UNKNOWN || table->label[i] >= (int64_t)table->classes)
        store_report_add(report, "/samples/label[%zu] is %d, allowed are 0 to %zu, and -1 (unknown)", i,
                         (int)table->label[i], table->classes - 1);
    else if (table->label[i] == STORE_LABEL_UNKNOWN && table->split[i] != STORE_SPLIT_TRAIN)
        store_report_add(report, "/samples/label[%zu] is -1 (unknown), allowed in the train split only", i);
    else if (table->split[i] > STORE_SPLIT_TEST)
        store_report_add(report, "/samples/split[%zu] is %d, allowed are 0 to %d", i, table->split[i],
                         STORE_SPLIT_TEST);
    else if (store_table_find_image(table, table->image_id[i]) == table->images)
        store_report_add(report, "/samples/image_id[%zu] is %lld, which is not in /images/id", i,
                         (long long)table->image_id[i]);
    else if (!isfinite(box[0]) || !isfinite(box[1]) || !isfinite(box[2]) || !isfinite(box[3]))
        store_report_add(report, "/samples/bbox[%zu] is %g,%g,%g,%g, expected finite numbers", i,
                         (double)box[0], (double)box[1], (double)box[2], (double)box[3]);
    else
        return true;
    return false;
}

static bool check_image(store_report *report, const store_table *table, size_t i)
{
    const store_image_info *image = &table->image_info[i];

    if (i > 0 && image->id <= image[-1].id)
        store_report_add(report, "/images/id[%zu] is %lld after %lld, expected increasing numbers", i,
                         (long long)image->id, (long long)image[-1].id);
    else if (image->width < 1 || image->height < 1)
        store_report_add(report, "/images[%zu] is of %d x %d pixels, expected at least 1 x 1", i,
                         (int)image->width, (int)image->height);
    else if (!image->file_name)
        store_report_add(report, "/images/file_name[%zu] is missing", i);
    else
        return true;
    return false;
}

static bool check_class(store_report *report, const store_table *table, size_t i)
{
    const store_class_info *info = &table->class_info[i];

    if (info->name[0] == 0 || !memchr(info->name, 0, sizeof info->name) ||
        !memchr(info->supercategory, 0, sizeof info->supercategory))
        store_report_add(report, "/classes/name[%zu] or its supercategory is no text of 1 (0) to %zu bytes",
                         i, sizeof info->name - 1);
    else
        return true;
    return false;
}

base_status store_check_table(const store_table *table, const char *where, size_t *problems)
{
    static const struct {
        bool (*check)(store_report *report, const store_table *table, size_t i);
        size_t rows; /* offset of the number in store_table */
    } rules[] = {{check_class, offsetof(store_table, classes)},
                 {check_image, offsetof(store_table, images)},
                 {check_sample, offsetof(store_table, samples)}};
    store_report report = {.where = where};
    size_t i, row, rows;

    if (table->samples < 1 || table->classes < 1 || table->classes > INT32_MAX || table->images < 1)
        store_report_add(&report, "has %zu samples, %zu classes, %zu images, expected at least one of each",
                         table->samples, table->classes, table->images);
    for (i = 0; i < 3; i++) {
        if (!isfinite(table->mean[i]) || !isfinite(table->std[i]) || table->std[i] <= 0)
            store_report_add(&report,
                             "attributes mean[%zu] and std[%zu] are %g and %g, expected finite numbers, std "
                             "above 0",
                             i, i, (double)table->mean[i], (double)table->std[i]);
    }
    if (strspn(table->digest, "0123456789abcdef") != BASE_DIGEST_TEXT - 1)
        store_report_add(&report, "attribute digest is \"%.32s\", expected %d hexadecimal digits",
                         table->digest, BASE_DIGEST_TEXT - 1);
    for (i = 0; i < sizeof rules / sizeof *rules && report.problems == 0; i++) {
        memcpy(&rows, (const char *)table + rules[i].rows, sizeof rows);
        for (row = 0; row < rows && rules[i].check(&report, table, row); row++)
            ;
    }
    return store_report_end(&report, problems);
}
