// The Node-API face: processors, buffers, programs, and runs on another thread than JavaScript's. Everything that JavaScript holds
// is a handle; what a run uses lives until the run ends, whatever has been released meanwhile.
#include <node_api.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu.h"
#include "eights.h"
#include "memory.h"
#include "program.h"

namespace {

using bllossom::Device;
using bllossom::Memory;
using bllossom::Program;

/** A JavaScript exception is pending. */
struct Pending {};

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw Pending();
  throw std::runtime_error(info && info->error_message ? info->error_message : "a call to Node failed");
}

/** The arguments of a call, read by type. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    check(env, napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr));
  }
  napi_value at(size_t i) const {
    if (i >= count_) throw std::invalid_argument("an argument is missing");
    return values_[i];
  }
  double number(size_t i) const {
    double value;
    check(env_, napi_get_value_double(env_, at(i), &value));
    return value;
  }
  bool flag(size_t i) const {
    bool value;
    check(env_, napi_get_value_bool(env_, at(i), &value));
    return value;
  }
  std::string text(size_t i) const {
    char buffer[64];
    size_t length;
    check(env_, napi_get_value_string_utf8(env_, at(i), buffer, sizeof buffer, &length));
    return std::string(buffer, length);
  }

 private:
  napi_env env_;
  size_t count_ = 8;
  napi_value values_[8];
};

struct TypedArray {
  napi_typedarray_type type;
  void* data;
  size_t length;
  size_t bytes() const { return length * (type == napi_float64_array ? 8 : 4); }
};

TypedArray typedArray(napi_env env, napi_value value) {
  TypedArray array{};
  check(env, napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, nullptr, nullptr));
  if (array.type != napi_float32_array && array.type != napi_int32_array && array.type != napi_float64_array)
    throw std::invalid_argument("not an array of 32-bit numbers");
  return array;
}

/** What a handle holds; tags keep handles of different kinds apart. */
template <class T>
struct Handle {
  std::shared_ptr<T> held;
};
const napi_type_tag deviceTag = {0x8a4c1f6d2b7e4903, 0x91d05e3c7fa2b648};
const napi_type_tag memoryTag = {0x3f92d7b01c6e48a5, 0xa7e14b58c06d92f3};
const napi_type_tag programTag = {0xc5708e2b94fd41a6, 0x62b9f3d8175ae04c};

template <class T>
napi_value makeHandle(napi_env env, std::shared_ptr<T> held, const napi_type_tag& tag) {
  napi_value value;
  auto* handle = new Handle<T>{std::move(held)};
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Handle<T>*>(data); };
  if (napi_create_external(env, handle, finalize, nullptr, &value) != napi_ok) {
    delete handle;
    throw std::runtime_error("no handle could be made");
  }
  check(env, napi_type_tag_object(env, value, &tag));
  return value;
}

template <class T>
Handle<T>& handleOf(napi_env env, napi_value value, const napi_type_tag& tag) {
  bool fits = false;
  check(env, napi_check_object_type_tag(env, value, &tag, &fits));
  void* data = nullptr;
  if (!fits || napi_get_value_external(env, value, &data) != napi_ok) throw std::invalid_argument("not a handle of this kind");
  return *static_cast<Handle<T>*>(data);
}

template <class T>
std::shared_ptr<T> held(napi_env env, napi_value value, const napi_type_tag& tag) {
  std::shared_ptr<T> pointer = handleOf<T>(env, value, tag).held;
  if (!pointer) throw std::invalid_argument("it has been disposed of");
  return pointer;
}

/** Wraps a function so that what it throws becomes an exception of JavaScript. */
template <napi_value (*function)(napi_env, const Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, Arguments(env, info));
  } catch (const Pending&) {
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "ERR_MEMORY", "there is not enough memory");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

napi_value textValue(napi_env env, const char* text) {
  napi_value value;
  check(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
  return value;
}

napi_value numberValue(napi_env env, double number) {
  napi_value value;
  check(env, napi_create_double(env, number, &value));
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value));
}

napi_value objectValue(napi_env env) {
  napi_value value;
  check(env, napi_create_object(env, &value));
  return value;
}

napi_value arrayValue(napi_env env) {
  napi_value value;
  check(env, napi_create_array(env, &value));
  return value;
}

/** processor() → { cores, kernels: [{ isa, bfloat16, operations: [name…] }…] }, the fastest kernels first. */
napi_value processor(napi_env env, const Arguments&) {
  const napi_value answer = objectValue(env), list = arrayValue(env);
  uint32_t n = 0;
  for (const bllossom::Kernels* kernels : bllossom::usableKernels()) {
    const napi_value entry = objectValue(env), names = arrayValue(env);
    for (int i = 0; i < kernels->count; i++)
      check(env, napi_set_element(env, names, i, textValue(env, kernels->operations[i].name)));
    set(env, entry, "isa", textValue(env, kernels->isa));
    set(env, entry, "bfloat16", textValue(env, kernels->bfloat16()));
    set(env, entry, "operations", names);
    check(env, napi_set_element(env, list, n++, entry));
  }
  set(env, answer, "cores", numberValue(env, bllossom::usableCores()));
  set(env, answer, "kernels", list);
  return answer;
}

/** openDevice(isa, threads, profile) → device */
napi_value openDevice(napi_env env, const Arguments& arguments) {
  const std::string isa = arguments.text(0);
  for (const bllossom::Kernels* kernels : bllossom::usableKernels()) {
    if (isa != kernels->isa) continue;
    const double threads = arguments.number(1);
    if (!(threads >= 1 && threads <= 1024)) throw std::invalid_argument("threads must be from 1 to 1024");
    auto device = std::make_shared<Device>(kernels, static_cast<int>(threads));
    device->profile = arguments.flag(2);
    return makeHandle(env, std::move(device), deviceTag);
  }
  throw std::invalid_argument("this processor has no " + isa);
}

/** profile(device) → { operation: [milliseconds, calls] } since the last call. */
napi_value profile(napi_env env, const Arguments& arguments) {
  const auto device = held<Device>(env, arguments.at(0), deviceTag);
  const napi_value answer = objectValue(env);
  for (int i = 0; i < device->kernels->count; i++) {
    if (device->calls[i] == 0) continue;
    const napi_value pair = arrayValue(env);
    check(env, napi_set_element(env, pair, 0, numberValue(env, device->milliseconds[i])));
    check(env, napi_set_element(env, pair, 1, numberValue(env, device->calls[i])));
    set(env, answer, device->kernels->operations[i].name, pair);
    device->milliseconds[i] = device->calls[i] = 0;
  }
  return answer;
}

/** allocate(bytes) → buffer of zeros */
napi_value allocate(napi_env env, const Arguments& arguments) {
  const double bytes = arguments.number(0);
  if (!(bytes >= 0 && bytes < 1e15)) throw std::invalid_argument("a buffer of that size cannot be");
  return makeHandle(env, std::make_shared<Memory>(static_cast<size_t>(bytes)), memoryTag);
}

/** write(buffer, array): the whole contents. */
napi_value write(napi_env env, const Arguments& arguments) {
  const auto memory = held<Memory>(env, arguments.at(0), memoryTag);
  const TypedArray array = typedArray(env, arguments.at(1));
  if (array.bytes() != memory->size()) throw std::invalid_argument("the array has another size than the buffer");
  if (array.bytes() > 0) std::memcpy(memory->data(), array.data, array.bytes());
  return nullptr;
}

/** read(buffer, array): the whole contents. */
napi_value read(napi_env env, const Arguments& arguments) {
  const auto memory = held<Memory>(env, arguments.at(0), memoryTag);
  const TypedArray array = typedArray(env, arguments.at(1));
  if (array.bytes() != memory->size()) throw std::invalid_argument("the array has another size than the buffer");
  if (array.bytes() > 0) std::memcpy(array.data, memory->data(), array.bytes());
  return nullptr;
}

/** The bytes that arguments 0 to 2, a buffer, a place in it and a Uint8Array, say to move. */
struct Part {
  std::shared_ptr<Memory> memory;
  char* at;
  void* bytes;
  size_t length;
};

Part partOf(napi_env env, const Arguments& arguments) {
  Part part{held<Memory>(env, arguments.at(0), memoryTag), nullptr, nullptr, 0};
  napi_typedarray_type type;
  check(env, napi_get_typedarray_info(env, arguments.at(2), &type, &part.length, &part.bytes, nullptr, nullptr));
  const double at = arguments.number(1), end = at + static_cast<double>(part.length);
  if (type != napi_uint8_array || !(at >= 0 && end <= static_cast<double>(part.memory->size())))
    throw std::invalid_argument("the part lies outside of the buffer");
  part.at = part.memory->data() + static_cast<size_t>(at);
  return part;
}

/** writePart(buffer, at, bytes) */
napi_value writePart(napi_env env, const Arguments& arguments) {
  const Part part = partOf(env, arguments);
  if (part.length > 0) std::memcpy(part.at, part.bytes, part.length);
  return nullptr;
}

/** readPart(buffer, at, bytes) */
napi_value readPart(napi_env env, const Arguments& arguments) {
  const Part part = partOf(env, arguments);
  if (part.length > 0) std::memcpy(part.bytes, part.at, part.length);
  return nullptr;
}

/** A part that is rows of so many bfloat16 each, argument 3, from the first of an eight on. */
size_t columnsOf(const Part& part, const Arguments& arguments) {
  const double columns = arguments.number(3);
  if (!(columns >= 1 && columns <= 1e15) || part.length % (2 * static_cast<size_t>(columns)) != 0)
    throw std::invalid_argument("the part is not of whole rows");
  return static_cast<size_t>(columns);
}

/** writeRows(buffer, at, bytes, columns): as writePart, for bfloat16, which lie in eights. */
napi_value writeRows(napi_env env, const Arguments& arguments) {
  const Part part = partOf(env, arguments);
  const size_t columns = columnsOf(part, arguments);
  bllossom::toEights(static_cast<const uint16_t*>(part.bytes), reinterpret_cast<uint16_t*>(part.at), part.length / columns / 2,
                     columns);
  return nullptr;
}

/** readRows(buffer, at, bytes, columns) */
napi_value readRows(napi_env env, const Arguments& arguments) {
  const Part part = partOf(env, arguments);
  const size_t columns = columnsOf(part, arguments);
  bllossom::fromEights(reinterpret_cast<const uint16_t*>(part.at), static_cast<uint16_t*>(part.bytes), part.length / columns / 2,
                       columns);
  return nullptr;
}

/** copy(buffer) → another with the same contents */
napi_value copy(napi_env env, const Arguments& arguments) {
  const auto memory = held<Memory>(env, arguments.at(0), memoryTag);
  auto other = std::make_shared<Memory>(memory->size());
  std::memcpy(other->data(), memory->data(), memory->size());
  return makeHandle(env, std::move(other), memoryTag);
}

/** releaseBuffer, releaseProgram, releaseDevice: lets go of what a handle holds. */
napi_value releaseBuffer(napi_env env, const Arguments& arguments) {
  handleOf<Memory>(env, arguments.at(0), memoryTag).held.reset();
  return nullptr;
}
napi_value releaseProgram(napi_env env, const Arguments& arguments) {
  handleOf<Program>(env, arguments.at(0), programTag).held.reset();
  return nullptr;
}
napi_value releaseDevice(napi_env env, const Arguments& arguments) {
  handleOf<Device>(env, arguments.at(0), deviceTag).held.reset();
  return nullptr;
}

/** makeProgram(device, slots, code, arenaBytes, bfloat16) → program */
napi_value makeProgram(napi_env env, const Arguments& arguments) {
  const auto device = held<Device>(env, arguments.at(0), deviceTag);
  const TypedArray slots = typedArray(env, arguments.at(1)), code = typedArray(env, arguments.at(2));
  if (slots.type != napi_float64_array || code.type != napi_float64_array)
    throw std::invalid_argument("a program is made of Float64Arrays");
  const double arena = arguments.number(3);
  if (!(arena >= 0 && arena < 1e15)) throw std::invalid_argument("a program of that size cannot be");
  return makeHandle(env,
                    std::make_shared<Program>(device, static_cast<const double*>(slots.data), slots.length,
                                              static_cast<const double*>(code.data), code.length,
                                              static_cast<size_t>(arena), arguments.flag(4)),
                    programTag);
}

/** programBytes(program) → bytes of memory that a run needs beside its buffers */
napi_value programBytes(napi_env env, const Arguments& arguments) {
  return numberValue(env, static_cast<double>(held<Program>(env, arguments.at(0), programTag)->bytes()));
}

/** keepMemory(device, bytes): lets go of the runs' memory where it is larger. */
napi_value keepMemory(napi_env env, const Arguments& arguments) {
  const auto device = held<Device>(env, arguments.at(0), deviceTag);
  const double bytes = arguments.number(1);
  if (device->arena && static_cast<double>(device->arena->size()) > bytes) device->arena.reset();
  return nullptr;
}

/** stop(device): the run under way ends before its next instruction, and fails. */
napi_value stop(napi_env env, const Arguments& arguments) {
  held<Device>(env, arguments.at(0), deviceTag)->stop.store(true, std::memory_order_relaxed);
  return nullptr;
}

/** Pairs of a slot and an array of JavaScript's. */
struct Pairs {
  std::vector<uint32_t> slots;
  std::vector<napi_value> arrays;
};

/** Reads [slot, array, slot, array, …]. */
Pairs readPairs(napi_env env, napi_value list, const Program& program) {
  Pairs pairs;
  uint32_t length;
  check(env, napi_get_array_length(env, list, &length));
  for (uint32_t i = 0; i + 1 < length; i += 2) {
    napi_value slot, array;
    check(env, napi_get_element(env, list, i, &slot));
    check(env, napi_get_element(env, list, i + 1, &array));
    uint32_t number;
    check(env, napi_get_value_uint32(env, slot, &number));
    if (number >= program.slotCount() || typedArray(env, array).bytes() != program.slot(number).bytes)
      throw std::invalid_argument("an array has another size than its value in the program");
    pairs.slots.push_back(number);
    pairs.arrays.push_back(array);
  }
  return pairs;
}

/** The buffers of a program's runs, checked once. It keeps neither them nor the program from being released. */
struct Binding {
  std::weak_ptr<Program> program;
  std::vector<std::weak_ptr<Memory>> buffers;
};
const napi_type_tag bindingTag = {0x1d6e93a54c0b7f28, 0xe84f20b96d3571ca};

/** bind(program, buffers) → binding; buffers: handles in the program's order. */
napi_value bind(napi_env env, const Arguments& arguments) {
  auto binding = std::make_shared<Binding>();
  const auto program = held<Program>(env, arguments.at(0), programTag);
  binding->program = program;
  uint32_t count;
  check(env, napi_get_array_length(env, arguments.at(1), &count));
  const std::vector<size_t>& needed = program->boundBytes();
  if (count < needed.size()) throw std::invalid_argument("a buffer is missing");
  for (uint32_t i = 0; i < count; i++) {
    napi_value value;
    check(env, napi_get_element(env, arguments.at(1), i, &value));
    const std::shared_ptr<Memory> memory = held<Memory>(env, value, memoryTag);
    if (i < needed.size() && memory->size() < needed[i]) throw std::invalid_argument("a buffer is too small");
    binding->buffers.push_back(memory);
  }
  return makeHandle(env, std::move(binding), bindingTag);
}

/** A run under way. */
struct Run {
  std::shared_ptr<Program> program;
  std::shared_ptr<Memory> arena;
  std::vector<std::shared_ptr<Memory>> buffers;
  std::vector<char*> bound;
  std::vector<uint32_t> outputs;
  napi_ref arrays = nullptr;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  std::string failure;
};

void execute(napi_env, void* data) {
  Run& run = *static_cast<Run*>(data);
  try {
    run.program->run(run.arena->data(), run.bound);
  } catch (const std::exception& error) {
    run.failure = error.what();
  }
}

/** Copies the outputs into the arrays that were given for them. */
void deliver(napi_env env, const Run& run) {
  napi_value arrays;
  check(env, napi_get_reference_value(env, run.arrays, &arrays));
  for (size_t i = 0; i < run.outputs.size(); i++) {
    napi_value value;
    check(env, napi_get_element(env, arrays, static_cast<uint32_t>(2 * i + 1), &value));
    const TypedArray array = typedArray(env, value);
    const bllossom::Slot& slot = run.program->slot(run.outputs[i]);
    if (array.bytes() != slot.bytes) throw std::runtime_error("an array for an answer has been changed");
    if (slot.bytes > 0) std::memcpy(array.data, run.program->place(slot, run.arena->data(), run.bound), slot.bytes);
  }
}

void complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Run> run(static_cast<Run*>(data));
  std::string failure = status == napi_ok ? run->failure : "the run was cancelled";
  if (failure.empty()) {
    try {
      deliver(env, *run);
    } catch (const Pending&) {
      return;
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }
  napi_value value;
  if (failure.empty()) {
    napi_get_undefined(env, &value);
    napi_resolve_deferred(env, run->deferred, value);
  } else {
    napi_value message;
    napi_create_string_utf8(env, failure.c_str(), failure.size(), &message);
    napi_create_error(env, nullptr, message, &value);
    napi_reject_deferred(env, run->deferred, value);
  }
  napi_delete_reference(env, run->arrays);
  napi_delete_async_work(env, run->work);
}

/**
 * run(program, feeds, binding, outputs) → Promise. feeds and outputs: [slot, array, …]. Feeds are read before it returns, outputs written before the promise is fulfilled. Runs of a device must not overlap.
 */
napi_value run(napi_env env, const Arguments& arguments) {
  auto work = std::make_unique<Run>();
  work->program = held<Program>(env, arguments.at(0), programTag);
  const Program& program = *work->program;
  const auto binding = held<Binding>(env, arguments.at(2), bindingTag);
  if (binding->program.lock() != work->program) throw std::invalid_argument("the buffers are bound to another program");
  work->buffers.reserve(binding->buffers.size());
  work->bound.reserve(binding->buffers.size());
  for (const std::weak_ptr<Memory>& buffer : binding->buffers) {
    work->buffers.push_back(buffer.lock());
    if (!work->buffers.back()) throw std::invalid_argument("a buffer has been disposed of");
    work->bound.push_back(work->buffers.back()->data());
  }
  Device& device = *program.device();
  device.stop.store(false, std::memory_order_relaxed);
  if (!device.arena || device.arena->size() < program.bytes()) {
    device.arena.reset();
    device.arena = std::make_shared<Memory>(program.bytes());
  }
  work->arena = device.arena;
  const Pairs feeds = readPairs(env, arguments.at(1), program);
  for (size_t i = 0; i < feeds.slots.size(); i++) {
    const TypedArray array = typedArray(env, feeds.arrays[i]);
    if (array.bytes() > 0)
      std::memcpy(program.place(program.slot(feeds.slots[i]), work->arena->data(), work->bound), array.data, array.bytes());
  }
  work->outputs = readPairs(env, arguments.at(3), program).slots;
  napi_value promise, name = textValue(env, "bllossom");
  check(env, napi_create_reference(env, arguments.at(3), 1, &work->arrays));
  check(env, napi_create_promise(env, &work->deferred, &promise));
  check(env, napi_create_async_work(env, nullptr, name, execute, complete, work.get(), &work->work));
  check(env, napi_queue_async_work(env, work->work));
  work.release();
  return promise;
}

template <napi_value (*function)(napi_env, const Arguments&)>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value value;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<function>, nullptr, &value));
  set(env, exports, name, value);
}

napi_value initialise(napi_env env, napi_value exports) {
  try {
    define<processor>(env, exports, "processor");
    define<openDevice>(env, exports, "openDevice");
    define<profile>(env, exports, "profile");
    define<allocate>(env, exports, "allocate");
    define<write>(env, exports, "write");
    define<read>(env, exports, "read");
    define<writePart>(env, exports, "writePart");
    define<readPart>(env, exports, "readPart");
    define<writeRows>(env, exports, "writeRows");
    define<readRows>(env, exports, "readRows");
    define<copy>(env, exports, "copy");
    define<releaseBuffer>(env, exports, "releaseBuffer");
    define<releaseProgram>(env, exports, "releaseProgram");
    define<releaseDevice>(env, exports, "releaseDevice");
    define<makeProgram>(env, exports, "makeProgram");
    define<programBytes>(env, exports, "programBytes");
    define<keepMemory>(env, exports, "keepMemory");
    define<stop>(env, exports, "stop");
    define<bind>(env, exports, "bind");
    define<run>(env, exports, "run");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, initialise)
