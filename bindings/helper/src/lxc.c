#include "lxc.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct lxc_container *(*new_container)(const char *name, const char *directory);

void liblxc_load(void)
{
	if (new_container)
		return;
	void *library = dlopen("liblxc.so.1", RTLD_NOW | RTLD_LOCAL);
	if (library)
		new_container = (struct lxc_container * (*)(const char *, const char *))dlsym(library, "lxc_container_new");
}

struct lxc_container *container_open(const struct request *request)
{
	const char *name = request_arg(request, 0), *directory = request_arg(request, 1), *config = request_arg(request, 2);

	if (!new_container)
		fail(request, "LIBLXC_MISSING", ENOENT, "liblxc.so.1 cannot be loaded: install the package liblxc1.");
	struct lxc_container *container = new_container(name, directory);
	if (!container)
		fail(request, "LXC_NO_CONTAINER", EINVAL, "liblxc cannot make a handle for container '%s' in %s.", name, directory);
	/* A file <directory>/<name>/config was read already; ours is to be the only one. */
	container->clear_config(container);
	if (!container->load_config(container, config))
		fail(request, "LXC_CONFIG_INVALID", EINVAL, "liblxc does not take the config of container '%s': %s", name, config);
	return container;
}

static FILE *log_file(struct lxc_container *container)
{
	char path[4096];
	int length = container->get_config_item(container, "lxc.log.file", path, sizeof(path));

	return length > 0 && length < (int)sizeof(path) ? fopen(path, "re") : NULL;
}

long container_log_bytes(struct lxc_container *container)
{
	FILE *file = log_file(container);
	struct stat facts;

	if (!file)
		return 0;
	long bytes = fstat(fileno(file), &facts) == 0 ? facts.st_size : 0;
	fclose(file);
	return bytes;
}

/* "lxc c1 20240101120000.000 ERROR    start - start.c:f:1 - what happened" */
static const char *log_message(const char *line)
{
	const char *error = strstr(line, " ERROR ");

	if (!error)
		return NULL;
	const char *source = strstr(error, " - ");
	const char *message = source ? strstr(source + 3, " - ") : NULL;
	return message ? message + 3 : NULL;
}

void container_log_tail(struct lxc_container *container, long from, char *text, size_t room)
{
	FILE *file = log_file(container);
	char line[2048];
	size_t length = 0;

	text[0] = '\0';
	if (!file)
		return;
	if (fseek(file, from, SEEK_SET) == 0)
		while (fgets(line, sizeof(line), file) && length < room) {
			const char *message = log_message(line);
			line[strcspn(line, "\n")] = '\0';
			if (message)
				length += (size_t)snprintf(text + length, room - length, "%s%s", length ? "; " : "", message);
		}
	fclose(file);
}
