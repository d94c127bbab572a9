/*
 * lxworks-helper serve <parent>              the fork server, on the socket that is descriptor 3
 * lxworks-helper hook post-stop <directory>  what liblxc runs when a container has ended
 */
#include "hook.h"
#include "rexec.h"
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int serve_sealed(char **argv)
{
	if (rexec_sealed(argv)) {
		perror("lxworks-helper: copying itself to memory");
		return EXIT_FAILURE;
	}
	return serve(atoi(argv[2]));
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve_sealed(argv);
	/* liblxc appends arguments of its own. */
	if (argc >= 4 && strcmp(argv[1], "hook") == 0 && strcmp(argv[2], "post-stop") == 0)
		return hook_post_stop(argv[3]);
	fputs("usage: lxworks-helper serve PARENT | hook post-stop DIRECTORY\n", stderr);
	return EXIT_FAILURE;
}
