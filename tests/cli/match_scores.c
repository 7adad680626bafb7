/** test_match_scores ROUND.h5 SCORES.h5: prints how many rows of a round's /scores, those of the scores file,
 * and of samples in both; fails if a sample in both differs in a bit of any field. */
#include "store_round.h"
#include "store_scores.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int differs(const store_score *a, const store_score *b)
{
    return a->predicted != b->predicted || a->second != b->second || a->cam_empty != b->cam_empty ||
           memcmp(&a->confidence, &b->confidence, 9 * sizeof a->confidence) != 0; /* to cam_agreement */
}

int main(int argc, char **argv)
{
    store_round round = {0};
    store_scores scores = {0};
    size_t i = 0, k = 0, both = 0, differing = 0;

    if (argc != 3 || store_round_read(argv[1], &round) != BASE_OK ||
        store_scores_read(argv[2], &scores) != BASE_OK) {
        store_round_destroy(&round);
        return 2;
    }
    while (i < round.scores && k < scores.scores) {
        const store_score *a = &round.score[i], *b = &scores.score[k];

        if (a->sample == b->sample) {
            both++;
            if (differs(a, b) && differing++ == 0)
                printf("sample %" PRId64 " differs: margin %.9g and %.9g\n", a->sample, (double)a->margin,
                       (double)b->margin);
        }
        i += a->sample <= b->sample;
        k += b->sample <= a->sample;
    }
    printf("%zu %zu %zu\n", round.scores, scores.scores, both);
    store_scores_destroy(&scores);
    store_round_destroy(&round);
    return differing > 0;
}
