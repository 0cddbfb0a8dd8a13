#include "graph/synthetic.h"
#include "store/store.h"
#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
static double now(void){return (double)aisp_clock_mono_ns()/1e9;}
static double cpu(void){struct rusage u; getrusage(RUSAGE_SELF,&u); return (double)u.ru_utime.tv_sec+(double)u.ru_utime.tv_usec/1e6+(double)u.ru_stime.tv_sec+(double)u.ru_stime.tv_usec/1e6;}
static long rss(void){struct rusage u; getrusage(RUSAGE_SELF,&u); return u.ru_maxrss/1024;}
int main(int argc,char**argv){
 struct aisp_err err={0}; struct aisp_store*st=NULL; struct aisp_snapshot*s=NULL; double t; int64_t run;
 uint32_t n=(uint32_t)atoi(argv[3]), e=(uint32_t)atoi(argv[4]);
 if(argv[2][0]=='s'){
  struct aisp_synthetic sp={.n_nodes=n,.n_edges=e,.seed=1+(uint32_t)(argc>5?atoi(argv[5]):0),.taken_us=1};
  t=now(); if(aisp_synthetic_make(&sp,&s,&err)<0){puts(err.msg);return 1;} printf("synthetic %.2fs nodes %u edges %u rss %ld\n",now()-t,s->n_nodes,s->n_edges,rss());
  if(aisp_store_open(argv[1],AISP_STORE_CREATE,&st,&err)<0){puts(err.msg);return 1;}
  if(argc>6) for(uint32_t i=1;i<=s->n_edges;i++) if(i%100==(uint32_t)atoi(argv[6])) s->evidence[s->edges[i].ev_at].line+=1000000; struct aisp_store_outcome o[4]; for(int i=0;i<4;i++)o[i]=(struct aisp_store_outcome){aisp_snapshot_text(s,s->sources[i+1].key),true};
  struct aisp_store_save in={.started_us=1,.finished_us=2,.title=AISP_S("bench"),.outcomes=o,.n_outcomes=4};
  t=now(); if(aisp_store_save(st,s,&in,&run,&err)<0){puts(err.msg);return 1;} printf("save run %ld %.2fs rss %ld\n",run,now()-t,rss());
  struct aisp_store_runs rr; aisp_store_runs(st,&rr,&err); printf("added %u removed %u\n",rr.v[0].added,rr.v[0].removed); aisp_store_runs_done(&rr);
 } else {
  for(int k=0;k<(int)n;k++){
  if(aisp_store_open(argv[1],AISP_STORE_READONLY,&st,&err)<0){puts(err.msg);return 1;}
  double c=cpu(); t=now(); if(aisp_store_load(st,e,&s,&err)<0){puts(err.msg);return 1;} printf("load %.2fs (cpu %.2f) nodes %u edges %u ev %u rss %ld\n",now()-t,cpu()-c,s->n_nodes,s->n_edges,s->n_evidence,rss());
  aisp_store_close(st); aisp_snapshot_free(s);}
  return 0;
 }
 aisp_store_close(st); aisp_snapshot_free(s); return 0;}
