#include "round_pick.h"
#include "base_log.h"
#include "comm_choice.h"
#include "round_cluster.h"
#include "select_balance.h"
#include "select_cover.h"
#include <stdlib.h>
#include <string.h>

#define SHARED_VECTORS 64 /* labelled samples that one broadcast brings */

typedef struct picker {
    const comm_world *world;
    const round_pick_task *task;
    select_points *points;
    select_way way;
    select_gate gate;
    float *vectors; /* [SHARED_VECTORS, width + outputs] */
    select_balance balance;
    select_cover *cover;
    round_clusters clusters;
    int32_t cluster; /* that the newest pick is of */
} picker;

/* ---- before the first pick ---- */

/* The labelled samples of all ranks as centres. */
static void add_labelled(picker *p)
{
    const select_points *points = p->points;
    size_t width = points->width, next, n;
    int root, more;

    for (root = 0; root < p->world->size; root++)
        for (next = 0, more = 1; more;) {
            int32_t header[2]; /* vectors, and whether more follow */

            for (n = 0; p->world->rank == root && next < points->count && n < SHARED_VECTORS; next++)
                if (points->taken[next])
                    memcpy(p->vectors + n++ * width, points->feature + next * width, width * sizeof(float));
            header[0] = (int32_t)n;
            header[1] = next < points->count;
            comm_choice_share(p->world, root, header, sizeof header);
            comm_choice_share(p->world, root, p->vectors, (size_t)header[0] * width * sizeof(float));
            select_cover_add_many(p->cover, p->vectors, (size_t)header[0]);
            more = header[1];
        }
}

static base_status begin_local(picker *p)
{
    const round_pick_task *task = p->task;
    base_status status = select_gate_create(task->quota, task->closed, task->classes, &p->gate);

    p->vectors = malloc((SHARED_VECTORS * (p->points->width + p->points->outputs) + 1) * sizeof *p->vectors);
    if (status == BASE_OK && !p->vectors) {
        base_log_error("out of memory for picks from %zu samples", p->points->count);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK && p->way == SELECT_WAY_COVER)
        status = select_cover_create(p->points, task->budget, &p->cover);
    if (status == BASE_OK && p->way == SELECT_WAY_BALANCE)
        status = select_balance_create(p->points, task->labelled, task->closed, (int64_t)task->budget,
                                       &p->balance);
    return status;
}

static base_status begin(picker *p)
{
    base_status status = comm_agree(p->world, begin_local(p));

    if (status == BASE_OK && p->way == SELECT_WAY_COVER && select_strategy_needs(p->task->strategy).labelled)
        add_labelled(p);
    if (status == BASE_OK && p->way == SELECT_WAY_CLUSTER)
        status = round_clusters_create(p->world, p->points, p->task->seed, p->task->round, p->task->budget,
                                       &p->clusters);
    return status;
}

static void end(picker *p)
{
    round_clusters_destroy(&p->clusters);
    select_cover_destroy(&p->cover);
    select_balance_destroy(&p->balance);
    select_gate_destroy(&p->gate);
    free(p->vectors);
}

/* ---- a turn ---- */

static select_pick best_here(picker *p, size_t turn)
{
    if (p->way == SELECT_WAY_BALANCE)
        return select_balance_best(&p->balance, &p->gate);
    if (p->task->strategy == BASE_STRATEGY_CORESET || turn == 0)
        return select_cover_farthest(p->cover, &p->gate);
    return select_cover_draw(p->cover, &p->gate,
                             (select_draw){p->task->seed, p->task->round, (uint32_t)turn});
}

/* The best of all ranks under the gate as it is; *root is -1 if there is none. */
static base_status find(picker *p, size_t turn, select_pick *mine, int *root)
{
    if (p->way == SELECT_WAY_CLUSTER)
        return round_clusters_pick(&p->clusters, &p->gate, mine, root, &p->cluster);
    *mine = best_here(p, turn);
    *root = comm_choice_best(p->world, mine->found, mine->value, mine->sample);
    return BASE_OK;
}

/* Let what the strategy knows take in the pick; every rank has it from `root`. */
static void take(picker *p, const select_pick *pick, int root)
{
    const select_points *points = p->points;
    size_t outputs = points->outputs, width = points->width;

    if (p->world->rank == root) {
        points->taken[pick->at] = 1;
        memcpy(p->vectors, points->output + pick->at * outputs, outputs * sizeof(float));
        memcpy(p->vectors + outputs, points->feature + pick->at * width, width * sizeof(float));
    }
    if (p->way == SELECT_WAY_CLUSTER) {
        p->clusters.labels[p->cluster]++;
        return;
    }
    comm_choice_share(p->world, root, p->vectors, (outputs + width) * sizeof(float));
    if (p->way == SELECT_WAY_COVER)
        select_cover_add(p->cover, p->vectors, p->vectors + outputs);
    else
        select_balance_take(&p->balance, p->vectors);
}

static bool widen(picker *p)
{
    if (!select_gate_widen(&p->gate, p->task->closed))
        return false;
    if (p->way == SELECT_WAY_CLUSTER)
        memset(p->clusters.exhausted, 0, p->clusters.count);
    return true;
}

static base_status pick_all(picker *p, store_query *chosen, size_t *count)
{
    base_status status = BASE_OK;
    size_t turn = 0;

    while (turn < p->task->budget) {
        select_pick pick = {0};
        store_query *query = &chosen[turn];
        int root;

        status = find(p, turn, &pick, &root);
        if (status != BASE_OK)
            break;
        if (root < 0 && widen(p))
            continue;
        if (root < 0)
            break;
        comm_choice_share(p->world, root, &pick, sizeof pick);
        take(p, &pick, root);
        *query = (store_query){.sample = pick.sample,
                               .predicted = pick.predicted,
                               .rank = (int32_t)turn,
                               .score = -(float)pick.value,
                               .answer = STORE_LABEL_UNKNOWN,
                               .reason = (uint8_t)select_gate_take(&p->gate, pick.predicted)};
        turn++;
    }
    *count = turn;
    return status;
}

base_status round_pick(const comm_world *world, const round_pick_task *task, select_points *points,
                       store_query *chosen, size_t *count)
{
    picker p = {.world = world, .task = task, .points = points};
    base_status status;

    p.way = select_strategy_needs(task->strategy).way;
    status = begin(&p);
    if (status == BASE_OK)
        status = pick_all(&p, chosen, count);
    end(&p);
    return status;
}
