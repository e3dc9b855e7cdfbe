/*
 * Is:        what controls and escape sequences do to the grid: xterm's subset that
 *            moves, erases, inserts, scrolls or switches.
 * Is not:    the cells (grid_edit.c).
 * Called by: screen.c, through grid_put.
 * Owns:      nothing.
 * Trust:     hostile bytes, through tokens.h; every position is clamped here.
 */
#include "inspect/grid_priv.h"

#include <string.h>

#include "inspect/strip.h"
#include "inspect/traced.h"

static unsigned clamp(int v, unsigned lo, unsigned hi)
{
	if (v < (int)lo)
		return lo;
	return v > (int)hi ? hi : (unsigned)v;
}

/* Rows that the cursor may move in: the region, when it starts inside of it. */
static unsigned up_stop(const struct grid *g)
{
	return g->cur.row >= g->top ? g->top : 0;
}

static unsigned down_stop(const struct grid *g)
{
	return g->cur.row <= g->bottom ? g->bottom : g->n_rows - 1;
}

static void to_row(struct grid *g, int row)
{
	if (g->cur.origin)
		g->cur.row = clamp(row + (int)g->top, g->top, g->bottom);
	else
		g->cur.row = clamp(row, 0, g->n_rows - 1);
}

static void to_col(struct grid *g, int col)
{
	if (g->cur.origin && g->margins)
		g->cur.col = clamp(col + (int)g->left, g->left, g->right);
	else
		g->cur.col = clamp(col, 0, g->n_cols - 1);
	g->cur.pending = false;
}

static void move(struct grid *g, int rows, int cols)
{
	if (rows < 0)
		g->cur.row = clamp((int)g->cur.row + rows, up_stop(g), g->n_rows - 1);
	else if (rows > 0)
		g->cur.row = clamp((int)g->cur.row + rows, 0, down_stop(g));
	g->cur.col = clamp((int)g->cur.col + cols, 0, g->n_cols - 1);
	g->cur.pending = false;
}

static void next_tab(struct grid *g, int n)
{
	while (n-- > 0 && g->cur.col + 1 < g->n_cols) {
		g->cur.col++;
		while (g->cur.col + 1 < g->n_cols && !g->tab[g->cur.col])
			g->cur.col++;
	}
}

static void back_tab(struct grid *g, int n)
{
	while (n-- > 0 && g->cur.col > 0) {
		g->cur.col--;
		while (g->cur.col > 0 && !g->tab[g->cur.col])
			g->cur.col--;
	}
	g->cur.pending = false;
}

static void erase_rows(struct grid *g, unsigned from, unsigned to)
{
	for (unsigned r = from; r < to; r++)
		grid_erase(g, r, 0, g->n_cols - 1);
}

static void erase_display(struct grid *g, int how)
{
	unsigned row = g->cur.row;

	/* Rows are read before any of them is gone: wrapped ones read each other. */
	grid_emit_all(g);
	if (how == 0) {
		grid_erase(g, row, g->cur.col, g->n_cols - 1);
		erase_rows(g, row + 1, g->n_rows);
	} else if (how == 1) {
		erase_rows(g, 0, row);
		grid_erase(g, row, 0, g->cur.col);
		row_clear(&g->now->above);
	} else if (how == 2) {
		erase_rows(g, 0, g->n_rows);
		row_clear(&g->now->above);
	}
}

static void erase_line(struct grid *g, int how)
{
	if (how == 0)
		grid_erase(g, g->cur.row, g->cur.col, g->n_cols - 1);
	else if (how == 1)
		grid_erase(g, g->cur.row, 0, g->cur.col);
	else if (how == 2)
		grid_erase(g, g->cur.row, 0, g->n_cols - 1);
}

static void save(struct grid *g)
{
	g->now->saved = g->cur;
}

static void restore(struct grid *g)
{
	g->cur = g->now->saved;
	g->cur.row = clamp((int)g->cur.row, 0, g->n_rows - 1);
	g->cur.col = clamp((int)g->cur.col, 0, g->n_cols - 1);
}

static void clear_screen(struct grid *g)
{
	grid_emit_all(g);
	erase_rows(g, 0, g->n_rows);
	row_clear(&g->now->above);
}

static void switch_screen(struct grid *g, bool alt)
{
	grid_emit_all(g);
	if (alt && !g->alt.row)
		g->alt.row = grid_rows_new(g->n_rows, g->n_cols, g->trace);
	g->on_alt = alt;
	g->switched = true;
	g->now = alt ? &g->alt : &g->main;
}

static void private_mode(struct grid *g, int mode, bool on)
{
	switch (mode) {
	case 6:
		g->cur.origin = on;
		to_row(g, 0);
		to_col(g, 0);
		break;
	case 7:
		g->autowrap = on;
		break;
	case 69:
		g->margins = on;
		g->left = 0;
		g->right = g->n_cols - 1;
		break;
	case 47:
	case 1047:
		switch_screen(g, on);
		break;
	case 1048:
		if (on)
			save(g);
		else
			restore(g);
		break;
	case 1049:
		if (on) {
			save(g);
			switch_screen(g, true);
			clear_screen(g);
		} else {
			switch_screen(g, false);
			restore(g);
		}
		break;
	default:	/* cursor shapes, mouse, paste: nothing to see */
		break;
	}
}

static void modes(struct grid *g, const struct vt *v, bool on)
{
	for (unsigned i = 0; i < v->n_params; i++) {
		int mode = vt_param(v, i, 0);

		if (v->lead == '?')
			private_mode(g, mode, on);
		else if (!v->lead && mode == 4)
			g->insert = on;
		else if (!v->lead && mode == 20)
			g->newline_mode = on;
	}
}

static void set_region(struct grid *g, const struct vt *v)
{
	unsigned top = clamp(vt_count(v, 0) - 1, 0, g->n_rows - 1);
	int last = vt_param(v, 1, 0);
	unsigned bottom = clamp((last ? last : (int)g->n_rows) - 1, 0, g->n_rows - 1);

	if (top >= bottom)
		return;
	g->top = top;
	g->bottom = bottom;
	to_row(g, 0);
	to_col(g, 0);
}

static void set_margins(struct grid *g, const struct vt *v)
{
	unsigned left = clamp(vt_count(v, 0) - 1, 0, g->n_cols - 1);
	int last = vt_param(v, 1, 0);
	unsigned right = clamp((last ? last : (int)g->n_cols) - 1, 0, g->n_cols - 1);

	if (left >= right)
		return;
	g->left = left;
	g->right = right;
	to_row(g, 0);
	to_col(g, 0);
}

static bool in_region(const struct grid *g)
{
	return g->cur.row >= g->top && g->cur.row <= g->bottom &&
	    (!g->margins || (g->cur.col >= g->left && g->cur.col <= g->right));
}

enum { REPEAT_RUN = 64 };

/* As many of the same character as fit into the cursor's row, inserted together: how many. */
static size_t repeat_some(struct grid *g, struct rd same)
{
	/* what is left of the margins does not move */
	const unsigned col = g->cur.col, end = !g->margins || col > g->right ? g->n_cols : col < g->left ? g->left : g->right + 1;
	const bool insert = g->insert && !g->cur.pending;
	size_t n;

	if (!insert)
		return grid_put_run(g, same, g->last_src, 0);
	same.len = same.len < end - col ? same.len : end - col;
	grid_insert_cells(g, (unsigned)same.len);
	g->insert = false;
	n = grid_put_run(g, same, g->last_src, 0);
	g->insert = true;
	return n;
}

static void repeat(struct grid *g, int n)
{
	int most = (int)(g->n_cols * g->n_rows);
	uint8_t same[REPEAT_RUN];

	if (!g->last)
		return;
	n = n < most ? n : most;
	for (; n > 0 && g->last >= 0x80; n--)
		grid_put_char(g, g->last, g->last_src);
	memset(same, (int)g->last, sizeof(same));
	while (n > 0) {
		n -= (int)repeat_some(g, rd_of(same, n < REPEAT_RUN ? (size_t)n : REPEAT_RUN));
		/* There each stands where the one before did. */
		if (g->cur.pending && !g->autowrap)
			return;
	}
}

/* Functions that move the cursor. False: not one of them. */
static bool csi_move(struct grid *g, const struct vt *v, uint8_t final, int n)
{
	switch (final) {
	case 'A':
	case 'k':
		move(g, -n, 0);
		return true;
	case 'B':
	case 'e':
		move(g, n, 0);
		return true;
	case 'C':
	case 'a':
		move(g, 0, n);
		return true;
	case 'D':
	case 'j':
		move(g, 0, -n);
		return true;
	case 'E':
		move(g, n, 0);
		to_col(g, 0);
		return true;
	case 'F':
		move(g, -n, 0);
		to_col(g, 0);
		return true;
	case 'G':
	case '`':
		to_col(g, n - 1);
		return true;
	case 'H':
	case 'f':
		to_row(g, n - 1);
		to_col(g, vt_count(v, 1) - 1);
		return true;
	case 'd':
		to_row(g, n - 1);
		g->cur.pending = false;
		return true;
	case 'I':
		next_tab(g, n);
		return true;
	case 'Z':
		back_tab(g, n);
		return true;
	default:
		return false;
	}
}

static void csi_change(struct grid *g, const struct vt *v, uint8_t final, int n)
{
	unsigned count = (unsigned)n, last = g->n_cols - 1;

	switch (final) {
	case 'J':
		erase_display(g, vt_param(v, 0, 0));
		break;
	case 'K':
		erase_line(g, vt_param(v, 0, 0));
		break;
	case 'X':
		grid_erase(g, g->cur.row, g->cur.col, clamp((int)g->cur.col + n - 1, 0, last));
		break;
	case '@':
		grid_insert_cells(g, count);
		break;
	case 'P':
		grid_delete_cells(g, count);
		break;
	case 'L':
		if (in_region(g))
			grid_scroll_down(g, g->cur.row, g->bottom, count);
		break;
	case 'M':
		if (in_region(g))
			grid_scroll_up(g, g->cur.row, g->bottom, count);
		break;
	case 'S':
		grid_scroll_up(g, g->top, g->bottom, count);
		break;
	case 'T':
		if (v->n_params <= 1)
			grid_scroll_down(g, g->top, g->bottom, count);
		break;
	default:
		break;
	}
}

static void clear_tabs(struct grid *g, int how)
{
	if (how == 0)
		g->tab[g->cur.col] = 0;
	for (unsigned c = 0; how == 3 && c < g->n_cols; c++)
		g->tab[c] = 0;
}

static void do_csi(struct grid *g, const struct vt *v, uint8_t final)
{
	int n = vt_count(v, 0);

	if (final == 'h' || final == 'l') {
		modes(g, v, final == 'h');
		return;
	}
	if (v->inter == '!' && final == 'p') {	/* DECSTR */
		g->cur.origin = g->insert = g->margins = false;
		g->autowrap = true;
		g->top = 0;
		g->bottom = g->n_rows - 1;
		return;
	}
	if (v->lead == '?' && !v->inter && (final == 'J' || final == 'K')) {
		csi_change(g, v, final, n);
		return;
	}
	if (v->lead || v->inter)
		return;
	if (csi_move(g, v, final, n))
		return;
	if (final == 'r')
		set_region(g, v);
	else if (final == 's' && g->margins)
		set_margins(g, v);
	else if (final == 's')
		save(g);
	else if (final == 'u')
		restore(g);
	else if (final == 'g')
		clear_tabs(g, vt_param(v, 0, 0));
	else if (final == 'b')
		repeat(g, n);
	else
		csi_change(g, v, final, n);
}

/* Cursor shapes, mouse, paste: no mode of text. */
static bool is_idle_mode(const struct vt *v, uint8_t final)
{
	const int mode = vt_param(v, 0, 0);

	if ((final != 'h' && final != 'l') || v->lead != '?' || v->inter || v->n_params > 1)
		return false;
	return mode != 6 && mode != 7 && mode != 69 && mode != 47 && (mode < 1047 || mode > 1049);
}

/* What leaves a line told. */
static bool leaves_told(const struct grid *g, const struct vt *v, uint8_t final)
{
	if (v->lead || v->inter)
		return is_idle_mode(v, final);
	return final == 'K' && vt_param(v, 0, 0) == 0 && !g->cur.pending;
}

static void csi(struct grid *g, const struct vt *v, uint8_t final)
{
	const bool ends = !v->lead && !v->inter && strip_ends_line(final);

	if (ends)
		grid_told_end(g);
	else
		g->told = g->told && leaves_told(g, v, final);
	do_csi(g, v, final);
	if (ends)
		grid_told_begin(g);
}

static void reverse_line_feed(struct grid *g)
{
	if (g->cur.row == g->top)
		grid_scroll_down(g, g->top, g->bottom, 1);
	else if (g->cur.row > 0)
		g->cur.row--;
}

/* DECALN: the screen fills with E, which says no more than blanks do and would cost a screen of
 * cells for three bytes. */
static void alignment(struct grid *g)
{
	clear_screen(g);
	g->told = false;
	g->cur = (struct cursor){ 0 };
}

static void reset(struct grid *g)
{
	switch_screen(g, true);
	clear_screen(g);
	switch_screen(g, false);
	clear_screen(g);
	g->cur = g->main.saved = g->alt.saved = (struct cursor){ 0 };
	g->top = g->left = 0;
	g->bottom = g->n_rows - 1;
	g->right = g->n_cols - 1;
	g->autowrap = true;
	g->insert = g->newline_mode = g->margins = false;
	for (unsigned c = 0; c < g->n_cols; c++)
		g->tab[c] = c % 8 == 0;
}

static void esc(struct grid *g, const struct vt *v, uint8_t final)
{
	unsigned row;

	if (v->inter == '(' || v->inter == ')') {
		g->cur.charset[v->inter == ')'] = final;
		return;
	}
	if (v->inter == '#' && final == '8')
		alignment(g);
	if (v->inter)
		return;
	row = g->cur.row;
	if (strip_esc_ends_line(final))
		grid_told_end(g);
	switch (final) {
	case 'D':
		grid_line_feed(g);
		break;
	case 'E':
		grid_line_feed(g);
		to_col(g, 0);
		break;
	case 'H':
		g->tab[g->cur.col] = 1;
		break;
	case 'M':
		reverse_line_feed(g);
		break;
	case '7':
		save(g);
		break;
	case '8':
		restore(g);
		break;
	case 'c':
		reset(g);
		break;
	default:
		break;
	}
	if ((final == 'D' || final == 'M') && g->cur.row != row)
		g->cur.pending = false;
	if (strip_esc_ends_line(final))
		grid_told_begin(g);
}

static void control(struct grid *g, uint8_t c)
{
	switch (c) {
	case '\b':
		g->told = false;
		if (g->cur.col > 0)
			g->cur.col--;
		g->cur.pending = false;
		break;
	case '\t':
		g->told = false;
		next_tab(g, 1);
		break;
	case '\n':
	case '\v':
	case '\f':
		grid_told_end(g);
		grid_line_feed(g);
		if (g->newline_mode)
			to_col(g, 0);
		g->cur.pending = false;
		grid_told_begin(g);
		break;
	case '\r':
		grid_told_end(g);
		to_col(g, g->margins && g->cur.col >= g->left ? (int)g->left : 0);
		grid_told_begin(g);
		break;
	case 0x0e:
	case 0x0f:
		g->cur.shift = c == 0x0e;
		break;
	default:
		break;
	}
}

static bool drawing(const struct grid *g)
{
	return g->cur.charset[g->cur.shift] == '0';
}

static void put_cp(struct grid *g, uint32_t cp, uint32_t src)
{
	if (drawing(g) && cp >= 0x60 && cp < 0x7f) {
		g->told = false;
		cp = 0x2500 + cp - 0x60;	/* some line; no digit among them */
	}
	grid_put_char(g, cp, src);
}

static void put_run(struct grid *g, struct rd run, uint32_t src)
{
	uint8_t c;

	for (size_t n; run.len && !drawing(g); src += (uint32_t)n) {
		n = grid_put_run(g, run, src, 1);
		if (!rd_skip(&run, n))
			UNREACHABLE();
	}
	for (; rd_u8(&run, &c); src++)
		put_cp(g, c, src);
}

/* The cursor is not where the last change ended: a pass is over. */
static void check_pass(struct grid *g)
{
	if (g->cur.row != g->pass_row || g->cur.col < g->pass_col)
		g->pass_row = GRID_ROWS_MAX;
}

static void take(struct grid *g, const struct token *t)
{
	switch ((enum vt_act)t->act) {
	case VT_PRINT:
		if (t->cp)
			put_cp(g, t->cp, t->src);
		else
			put_run(g, t->run, t->src);
		return;
	case VT_CTRL:
		control(g, t->c);
		break;
	case VT_ESC:
		esc(g, &t->vt, t->c);
		break;
	case VT_CSI:
		check_pass(g); /* where it began, as well as where it ends */
		csi(g, &t->vt, t->c);
		break;
	case VT_NONE:
	case VT_STR_OPEN:
	case VT_STR_DATA:
	case VT_STR_CLOSE:
		break;
	}
	check_pass(g);
}

void grid_take(struct grid *g, const struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->n; i++)
		take(g, &tokens->t[i]);
}

void grid_put(struct grid *g, struct rd in, uint32_t at)
{
	struct token few[TOKENS_FEW] UNCLEARED;
	struct tokens tokens = { .t = few, .max = TOKENS_FEW };

	for (size_t i = 0; i < in.len;) {
		i = tokens_read(&g->reader, &in, i, at, &tokens);
		grid_take(g, &tokens);
	}
}
