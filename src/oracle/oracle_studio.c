#include "oracle_studio.h"
#include "base_log.h"
#include "oracle_labels.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The names of the tags in the labelling interface. */
#define FROM_NAME "label"
#define TO_NAME   "image"

/* Per cent of a side; of a picture whose size nobody knows, nothing. */
static double percent(double pixels, int32_t side)
{
    return side > 0 ? 100 * pixels / side : 0;
}

static void put_region(const oracle_queries *q, const oracle_query *query, oracle_json *json)
{
    const oracle_picture *picture = &q->picture[query->picture];
    char id[32];

    snprintf(id, sizeof id, "query-%" PRId64, query->id);
    oracle_json_open_map(json, NULL);
    oracle_json_put_text(json, "id", id);
    oracle_json_put_text(json, "type", "rectanglelabels");
    oracle_json_put_text(json, "from_name", FROM_NAME);
    oracle_json_put_text(json, "to_name", TO_NAME);
    oracle_json_put_integer(json, "original_width", picture->width);
    oracle_json_put_integer(json, "original_height", picture->height);
    oracle_json_put_integer(json, "image_rotation", 0);
    oracle_json_open_map(json, "value");
    oracle_json_put_real(json, "x", percent(query->box[0], picture->width));
    oracle_json_put_real(json, "y", percent(query->box[1], picture->height));
    oracle_json_put_real(json, "width", percent(query->box[2], picture->width));
    oracle_json_put_real(json, "height", percent(query->box[3], picture->height));
    oracle_json_put_integer(json, "rotation", 0);
    oracle_json_open_list(json, "rectanglelabels");
    oracle_json_put_text(json, NULL, q->category[query->predicted].name);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
    if (isfinite(query->confidence))
        oracle_json_put_float(json, "score", query->confidence);
    oracle_json_open_map(json, "meta");
    oracle_json_open_list(json, "text");
    oracle_json_put_text(json, NULL, query->reason);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
    oracle_json_close_map(json);
}

/* The picture's task; nothing if none of its queries is asked. */
static base_status put_task(const oracle_queries *q, size_t picture, const uint8_t *asked,
                            const char *root_url, oracle_json *json)
{
    double least = 1;
    char *url;
    size_t i, count = 0;

    for (i = 0; i < q->count; i++) {
        if (q->query[i].picture != picture || !asked[i])
            continue;
        count++;
        least = fmin(least, (double)q->query[i].confidence);
    }
    if (count == 0)
        return BASE_OK;
    if (asprintf(&url, "%s%s", root_url, q->picture[picture].name) < 0) {
        base_log_error("oracle: no memory for a picture's address");
        return BASE_ERR_MEMORY;
    }
    oracle_json_open_map(json, NULL);
    oracle_json_open_map(json, "data");
    oracle_json_put_text(json, TO_NAME, url);
    oracle_queries_put_binding(q, json, "camal-queries");
    oracle_json_close_map(json);
    oracle_json_open_list(json, "predictions");
    oracle_json_open_map(json, NULL);
    oracle_json_put_text(json, "model_version", "camal");
    oracle_json_put_real(json, "score", least);
    oracle_json_open_list(json, "result");
    for (i = 0; i < q->count; i++)
        if (q->query[i].picture == picture && asked[i])
            put_region(q, &q->query[i], json);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
    free(url);
    return BASE_OK;
}

base_status oracle_studio_write(const oracle_queries *q, const uint8_t *asked, const char *root_url,
                                FILE *out)
{
    oracle_json json = oracle_json_begin();
    base_status status = BASE_OK;
    const unsigned char *text;
    size_t size, i;

    oracle_json_open_list(&json, NULL);
    for (i = 0; status == BASE_OK && i < q->pictures; i++)
        status = put_task(q, i, asked, root_url, &json);
    oracle_json_close_list(&json);
    if (status == BASE_OK)
        status = oracle_json_bytes(&json, "Label Studio's tasks", &text, &size);
    if (status == BASE_OK && (fwrite(text, 1, size, out) != size || fflush(out) != 0)) {
        base_log_error("cannot write Label Studio's tasks: %s", strerror(errno));
        status = BASE_ERR_IO;
    }
    oracle_json_end(&json);
    return status;
}

static void put_escaped(const char *text, FILE *out)
{
    for (; *text; text++) {
        const char *escape = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '"' ? "&quot;" : NULL;

        if (escape)
            fputs(escape, out);
        else
            fputc(*text, out);
    }
}

base_status oracle_studio_write_interface(const oracle_queries *q, FILE *out)
{
    size_t c;

    fprintf(out,
            "<View>\n  <Image name=\"%s\" value=\"$%s\" zoom=\"true\"/>\n"
            "  <RectangleLabels name=\"%s\" toName=\"%s\">\n",
            TO_NAME, TO_NAME, FROM_NAME, TO_NAME);
    for (c = 0; c < q->categories; c++) {
        fputs("    <Label value=\"", out);
        put_escaped(q->category[c].name, out);
        fputs("\"/>\n", out);
    }
    fprintf(out, "    <Label value=\"%s\"/>\n  </RectangleLabels>\n</View>\n", ORACLE_CANT_TELL);
    if (fflush(out) == 0 && !ferror(out))
        return BASE_OK;
    base_log_error("cannot write the labelling interface: %s", strerror(errno));
    return BASE_ERR_IO;
}
