/* The order: uid, gid, directory and the words of the command, each ended by a zero byte. */
#include "init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE_WORDS = 3 };

static size_t count_words(const char *text, size_t size)
{
	size_t words = 0;

	for (size_t i = 0; i < size; i++)
		words += text[i] == '\0';
	return words;
}

int order_read(struct order *order)
{
	size_t size, count;
	char *text = content_of(PLACE "order", &size);

	if (!text) {
		complain("cannot read", PLACE "order");
		return -1;
	}
	count = count_words(text, size);
	order->words = calloc(count + 1, sizeof(*order->words));
	if (count <= BEFORE_WORDS || !order->words) {
		errno = EINVAL;
		complain("does not understand", PLACE "order");
		return -1;
	}
	order->uid = (uid_t)strtoul(text, NULL, 10);
	text += strlen(text) + 1;
	order->gid = (gid_t)strtoul(text, NULL, 10);
	text += strlen(text) + 1;
	order->directory = text;
	for (size_t i = 0; i < count - BEFORE_WORDS; i++) {
		text += strlen(text) + 1;
		order->words[i] = text;
	}
	return 0;
}
