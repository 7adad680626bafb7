#include "ingest_crop.h"
#include <math.h>

ingest_reason ingest_crop_clip(const double box[4], int32_t width, int32_t height, double min_box,
                               double clipped[4])
{
    double left = box[0], top = box[1], right = box[0] + box[2], bottom = box[1] + box[3];

    if (!isfinite(right) || !isfinite(bottom) || !isfinite(left) || !isfinite(top) || !(box[2] > 0) ||
        !(box[3] > 0))
        return INGEST_BOX_INVALID;
    left = fmax(left, 0.0);
    top = fmax(top, 0.0);
    right = fmin(right, (double)width);
    bottom = fmin(bottom, (double)height);
    if (right <= left || bottom <= top)
        return INGEST_BOX_OUTSIDE;
    if (fmax(right - left, bottom - top) < min_box)
        return INGEST_BOX_TOO_SMALL;
    clipped[0] = left;
    clipped[1] = top;
    clipped[2] = right - left;
    clipped[3] = bottom - top;
    return INGEST_USED;
}

ingest_crop ingest_crop_around(const double box[4], double context)
{
    double side = fmax(floor(context * fmax(box[2], box[3]) + 0.5), (double)INGEST_CROP_MIN_SIDE);
    ingest_crop crop;

    crop.side = (int64_t)side;
    crop.x = (int64_t)floor(box[0] + (box[2] - side) / 2 + 0.5);
    crop.y = (int64_t)floor(box[1] + (box[3] - side) / 2 + 0.5);
    return crop;
}
