#ifndef LXWORKS_REXEC_H
#define LXWORKS_REXEC_H

/* Runs this program again from a sealed copy in memory; returns when it already is one. 0, or -1 with errno. */
int rexec_sealed(char **argv);

#endif
