/* A CUDA runtime for machines without a GPU, to be loaded before the real one.

   Device memory is the host's own, filled with rubbish when it is taken. A stream is a queue, and what is in it is
   done as late as it can be: when a kernel of that stream is launched, when the host waits, when an event is asked
   for. So whatever is read without waiting for it is read too early, each time and not once in a thousand times.
   Kernels are computed at the moment they are launched, elsewhere (kernels.py); while a graph is recorded they are
   noted, and computed at each launch of the graph. */
#define _GNU_SOURCE
#include <cuda_runtime_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOTAL ((size_t)2 << 30) /* bytes of a device */
#define RUBBISH 0x7b

typedef struct Graph Graph;
typedef struct Stream Stream;
typedef struct Event { Stream *stream; long place; int passed, asked, queued, gone; double at; } Event;
typedef enum { COPY, FILL, RECORD, WAIT, CALL, KERNEL } Kind;
typedef struct Item {
  Kind kind;
  long place; /* in its stream, from 1 on */
  void *to, *from, *staged;
  size_t size;
  int value;
  Stream *other; /* that is waited for, up to `until` */
  long until;
  Event *event;
  struct Item *next;
} Item;
struct Graph { Item *first, *last; };
struct Stream { Item *first, *last; long places; Graph *graph; unsigned long long capture; Stream *next; };
typedef struct Block { char *at; size_t size; int host; struct Block *next; } Block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Stream standard, *streams = &standard;
static Block *blocks;
static size_t taken;
static unsigned long long captures;
static void (*computed)(long);
static __thread int device;
static __thread cudaError_t error;

#define ENTER pthread_mutex_lock(&lock)
#define LEAVE pthread_mutex_unlock(&lock)

static cudaError_t failed(cudaError_t code) { return error = code; }
static Stream *of(cudaStream_t stream) { return (size_t)stream <= 2 ? &standard : (Stream *)stream; }
static int count(void) { char *given = getenv("EMULATED_GPUS"); return given ? atoi(given) : 1; }

static Block *block(const void *place) {
  for (Block *each = blocks; each; each = each->next)
    if ((char *)place >= each->at && (char *)place < each->at + each->size) return each;
  return 0;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* Queues of work */

static Item *append(Stream *stream, Kind kind) {
  Item *item = calloc(1, sizeof *item);
  item->kind = kind;
  Item **first = stream->graph ? &stream->graph->first : &stream->first;
  Item **last = stream->graph ? &stream->graph->last : &stream->last;
  if (!stream->graph) item->place = ++stream->places;
  if (*last) (*last)->next = item; else *first = item;
  return *last = item;
}

static void passing(Event *event, long place) {
  if (event->place == place) event->passed = 1, event->at = milliseconds(); /* the last time it was recorded counts */
  if (!--event->queued && event->gone) free(event);
}

static void work(Stream *stream, long until) {
  while (stream->first && stream->first->place <= until) {
    Item *item = stream->first;
    if (!(stream->first = item->next)) stream->last = 0;
    switch (item->kind) {
      case COPY: memmove(item->to, item->staged ? item->staged : item->from, item->size); break;
      case FILL: memset(item->to, item->value, item->size); break;
      case RECORD: passing(item->event, item->place); break;
      case WAIT: work(item->other, item->until); break;
      case CALL: LEAVE; ((cudaHostFn_t)item->to)(item->from); ENTER; break;
      case KERNEL: LEAVE; computed((long)item->size); ENTER; break;
    }
    free(item->staged);
    free(item);
  }
}

static void finish(Stream *stream) { work(stream, stream->places); }
static void finish_all(void) { for (Stream *each = streams; each; each = each->next) finish(each); }

/* What kernels.py calls */

void gpu_before_kernel(cudaStream_t stream) { ENTER; finish(of(stream)); LEAVE; }
int gpu_recording(cudaStream_t stream) { return of(stream)->graph != 0; }
void gpu_note(cudaStream_t stream, long number) { ENTER; append(of(stream), KERNEL)->size = number; LEAVE; }
void gpu_replays(void (*function)(long)) { computed = function; }

/* Devices */

cudaError_t cudaGetDeviceCount(int *number) { *number = count(); return cudaSuccess; }
cudaError_t cudaGetDevice(int *number) { *number = device; return cudaSuccess; }
cudaError_t cudaSetDevice(int number) {
  if (number >= count()) return failed(cudaErrorInvalidDevice);
  device = number;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int *version) { *version = CUDART_VERSION; return cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int *version) { *version = CUDART_VERSION; return cudaSuccess; }
cudaError_t cudaGetLastError(void) { cudaError_t last = error; error = cudaSuccess; return last; }
cudaError_t cudaPeekAtLastError(void) { return error; }
const char *cudaGetErrorName(cudaError_t code) { return "cudaError"; }
const char *cudaGetErrorString(cudaError_t code) {
  return code == cudaErrorMemoryAllocation ? "out of memory" : code == cudaErrorNotReady ? "not ready" : "emulated error";
}
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *found, int number) {
  memset(found, 0, sizeof *found);
  strcpy(found->name, "Emulated GPU");
  found->totalGlobalMem = TOTAL;
  found->major = 9;
  found->multiProcessorCount = 8;
  found->warpSize = 32;
  found->maxThreadsPerMultiProcessor = 2048;
  found->maxThreadsPerBlock = 1024;
  found->regsPerMultiprocessor = 65536;
  found->sharedMemPerBlock = 49152;
  found->sharedMemPerMultiprocessor = 233472;
  found->l2CacheSize = 1 << 20;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr name, int number) {
  *value = name == cudaDevAttrComputeCapabilityMajor ? 9 : 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char *text, int size, int number) {
  snprintf(text, size, "0000:00:%02x.0", number);
  return cudaSuccess;
}
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *most) {
  if (least) *least = 0;
  if (most) *most = -5;
  return cudaSuccess;
}
cudaError_t cudaDeviceCanAccessPeer(int *can, int first, int second) { *can = 1; return cudaSuccess; }
cudaError_t cudaDeviceEnablePeerAccess(int number, unsigned flags) { return cudaSuccess; }
cudaError_t cudaDeviceSynchronize(void) { ENTER; finish_all(); LEAVE; return cudaSuccess; }
cudaError_t cudaProfilerStart(void) { return cudaSuccess; }
cudaError_t cudaProfilerStop(void) { return cudaSuccess; }

/* Memory */

static cudaError_t take(void **place, size_t size, int host) {
  if (!host && taken + size > TOTAL) return failed(cudaErrorMemoryAllocation);
  Block *made = malloc(sizeof *made);
  if (posix_memalign((void **)&made->at, 512, size ? size : 1)) return failed(cudaErrorMemoryAllocation);
  memset(made->at, RUBBISH, size);
  made->size = size;
  made->host = host;
  made->next = blocks;
  blocks = made;
  if (!host) taken += size;
  *place = made->at;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void **place, size_t size) {
  ENTER; cudaError_t code = take(place, size, 0); LEAVE;
  return code;
}
cudaError_t cudaHostAlloc(void **place, size_t size, unsigned flags) {
  ENTER; cudaError_t code = take(place, size, 1); LEAVE;
  return code;
}
cudaError_t cudaMallocHost(void **place, size_t size) { return cudaHostAlloc(place, size, 0); }
cudaError_t cudaFree(void *place) {
  ENTER;
  finish_all();
  for (Block **each = &blocks; *each; each = &(*each)->next)
    if ((*each)->at == place) {
      Block *gone = *each;
      *each = gone->next;
      if (!gone->host) taken -= gone->size;
      free(gone->at);
      free(gone);
      break;
    }
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void *place) { return cudaFree(place); }
cudaError_t cudaHostRegister(void *place, size_t size, unsigned flags) { return cudaSuccess; }
cudaError_t cudaHostUnregister(void *place) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(size_t *left, size_t *all) { *left = TOTAL - taken; *all = TOTAL; return cudaSuccess; }
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *found, const void *place) {
  ENTER;
  Block *known = block(place);
  memset(found, 0, sizeof *found);
  found->type = !known ? cudaMemoryTypeUnregistered : known->host ? cudaMemoryTypeHost : cudaMemoryTypeDevice;
  if (known) found->devicePointer = found->hostPointer = (void *)place;
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, enum cudaMemcpyKind kind, cudaStream_t stream) {
  ENTER;
  Item *item = append(of(stream), COPY);
  item->to = to;
  item->from = (void *)from;
  item->size = size;
  if (!block(from)) item->staged = memcpy(malloc(size ? size : 1), from, size); /* pageable: read at once */
  if (!block(to)) finish(of(stream));                                          /* pageable: written at once */
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaMemcpyPeerAsync(void *to, int there, const void *from, int here, size_t size, cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, size, cudaMemcpyDeviceToDevice, stream);
}
cudaError_t cudaMemcpy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind) {
  ENTER; finish_all(); memmove(to, from, size); LEAVE;
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream) {
  ENTER;
  Item *item = append(of(stream), FILL);
  item->to = to;
  item->value = value;
  item->size = size;
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaMemset(void *to, int value, size_t size) {
  ENTER; finish_all(); memset(to, value, size); LEAVE;
  return cudaSuccess;
}

/* Streams */

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int priority) {
  ENTER;
  Stream *made = calloc(1, sizeof *made);
  made->next = streams;
  streams = made;
  *stream = (cudaStream_t)made;
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) {
  return cudaStreamCreateWithPriority(stream, flags, 0);
}
cudaError_t cudaStreamCreate(cudaStream_t *stream) { return cudaStreamCreateWithPriority(stream, 0, 0); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) { ENTER; finish(of(stream)); LEAVE; return cudaSuccess; }
cudaError_t cudaStreamGetPriority(cudaStream_t stream, int *priority) { *priority = 0; return cudaSuccess; }
cudaError_t cudaStreamQuery(cudaStream_t stream) { /* asked again, it will be done: time goes by */
  ENTER;
  cudaError_t code = of(stream)->first ? cudaErrorNotReady : cudaSuccess;
  finish(of(stream));
  LEAVE;
  return code;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (of(stream)->graph) return failed(cudaErrorStreamCaptureUnsupported);
  ENTER; finish(of(stream)); LEAVE;
  return cudaSuccess;
}
cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t function, void *data, unsigned flags) {
  ENTER; finish(of(stream)); LEAVE;
  function(stream, cudaSuccess, data);
  return cudaSuccess;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *data) {
  ENTER;
  Item *item = append(of(stream), CALL);
  item->to = (void *)function;
  item->from = data;
  LEAVE;
  return cudaSuccess;
}

/* Events */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
  Event *made = calloc(1, sizeof *made);
  made->passed = 1;
  *event = (cudaEvent_t)made;
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return cudaEventCreateWithFlags(event, 0); }
static void reach(Event *event) { if (!event->passed && event->stream) work(event->stream, event->place); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  ENTER;
  Event *known = (Event *)event;
  known->gone = 1;
  if (!known->queued) free(known);
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  ENTER;
  Event *known = (Event *)event;
  known->stream = of(stream);
  known->passed = known->asked = 0;
  known->place = 0;
  if (!known->stream->graph && !known->stream->first) { /* nothing is before it */
    known->passed = 1;
    known->at = milliseconds();
  } else if (!known->stream->graph) {
    Item *item = append(known->stream, RECORD);
    item->event = known;
    known->queued++;
    known->place = item->place;
  }
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags) {
  return cudaEventRecord(event, stream);
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  ENTER;
  Event *known = (Event *)event;
  Stream *waiting = of(stream);
  if (known->stream && !known->passed) {
    if (known->stream->graph && !known->place) { /* recorded within a graph, which the waiting stream joins */
      waiting->graph = known->stream->graph;
      waiting->capture = known->stream->capture;
    } else {
      Item *item = append(waiting, WAIT);
      item->other = known->stream;
      item->until = known->place;
    }
  }
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) { /* asked a second time, it has passed: time goes by */
  ENTER;
  Event *known = (Event *)event;
  if (known->asked++) reach(known);
  cudaError_t code = known->passed ? cudaSuccess : cudaErrorNotReady;
  LEAVE;
  return code;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) { ENTER; reach((Event *)event); LEAVE; return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float *found, cudaEvent_t first, cudaEvent_t second) {
  if (!((Event *)first)->passed || !((Event *)second)->passed) return failed(cudaErrorNotReady);
  *found = ((Event *)second)->at - ((Event *)first)->at;
  return cudaSuccess;
}

/* Graphs */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode) {
  ENTER;
  of(stream)->graph = calloc(1, sizeof(Graph));
  of(stream)->capture = ++captures;
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  ENTER;
  Graph *made = of(stream)->graph;
  for (Stream *each = streams; each; each = each->next)
    if (each->graph == made) each->graph = 0, each->capture = 0;
  *graph = (cudaGraph_t)made;
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status) {
  *status = of(stream)->graph ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaStreamGetCaptureInfo(
    cudaStream_t stream, enum cudaStreamCaptureStatus *status, unsigned long long *number, cudaGraph_t *graph,
    const cudaGraphNode_t **nodes, const cudaGraphEdgeData **edges, size_t *size) {
  cudaStreamIsCapturing(stream, status);
  if (number) *number = of(stream)->capture;
  if (graph) *graph = (cudaGraph_t)of(stream)->graph;
  if (nodes) *nodes = 0;
  if (edges) *edges = 0;
  if (size) *size = 0;
  return cudaSuccess;
}
cudaError_t cudaThreadExchangeStreamCaptureMode(enum cudaStreamCaptureMode *mode) { return cudaSuccess; }
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *made, cudaGraph_t graph, unsigned long long flags) {
  *made = (cudaGraphExec_t)graph;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *made, cudaGraph_t graph, unsigned long long flags) {
  return cudaGraphInstantiate(made, graph, flags);
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  ENTER;
  for (Item *each = ((Graph *)graph)->first; each; each = each->next) {
    Item *item = append(of(stream), each->kind), fresh = *item;
    *item = *each;
    item->place = fresh.place;
    item->next = 0;
    if (each->staged) item->staged = memcpy(malloc(each->size), each->staged, each->size);
  }
  LEAVE;
  return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *size) {
  *size = 0;
  for (Item *each = ((Graph *)graph)->first; each; each = each->next) ++*size;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return cudaSuccess; }
cudaError_t cudaGraphRetainUserObject(cudaGraph_t graph, cudaUserObject_t object, unsigned number, unsigned flags) {
  return cudaSuccess;
}
cudaError_t cudaUserObjectCreate(cudaUserObject_t *made, void *data, cudaHostFn_t function, unsigned number, unsigned flags) {
  *made = data;
  return cudaSuccess;
}
cudaError_t cudaUserObjectRelease(cudaUserObject_t object, unsigned number) { return cudaSuccess; }

/* Kernels of the GPU's own are never computed: whoever launches one has gone past kernels.py */

cudaError_t cudaLaunchKernel(const void *function, dim3 grid, dim3 threads, void **arguments, size_t memory, cudaStream_t stream) {
  return failed(cudaErrorInvalidDeviceFunction);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *function, void **arguments) {
  return failed(cudaErrorInvalidDeviceFunction);
}

/* The driver, as far as torch asks it whether it has begun; this library stands for both */

int cuDevicePrimaryCtxGetState(int number, unsigned *flags, int *active) { *flags = 0; *active = 1; return 0; }
int cuDriverGetVersion(int *version) { return cudaDriverGetVersion(version); }
int cuCtxGetCurrent(void **context) { *context = &standard; return 0; }
int cuDeviceGet(int *found, int number) { *found = number; return 0; }
int cuGetErrorString(int code, const char **text) { *text = "emulated error"; return 0; }
#define NEVER_CALLED(name) int name(void) { return 1; }
NEVER_CALLED(cuCtxSetCurrent) NEVER_CALLED(cuDeviceGetAttribute) NEVER_CALLED(cuDevicePrimaryCtxRetain)
NEVER_CALLED(cuFuncGetAttribute) NEVER_CALLED(cuFuncSetAttribute) NEVER_CALLED(cuFuncSetCacheConfig)
NEVER_CALLED(cuLaunchCooperativeKernel) NEVER_CALLED(cuLaunchKernel) NEVER_CALLED(cuLinkAddData_v2)
NEVER_CALLED(cuLinkComplete) NEVER_CALLED(cuLinkCreate_v2) NEVER_CALLED(cuModuleGetFunction)
NEVER_CALLED(cuModuleLoad) NEVER_CALLED(cuModuleLoadData) NEVER_CALLED(cuModuleLoadDataEx)
NEVER_CALLED(cuModuleUnload) NEVER_CALLED(cuOccupancyMaxActiveBlocksPerMultiprocessor)
NEVER_CALLED(cuPointerGetAttribute) NEVER_CALLED(cuTensorMapEncodeTiled)
