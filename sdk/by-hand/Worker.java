import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A worker that speaks the worker protocol without an SDK, and the conformance app at the same time. Start it as
 * {@code java Worker.java}, or compile it before and start {@code java -cp FOLDER Worker}.
 *
 * <p>It trusts its host: a line is not checked for duplicate keys, and no call runs beside the reading of lines.
 */
public final class Worker {
    /** A line that the host must not send; the worker ends with it. */
    private static final class Refused extends RuntimeException {
        Refused(String message) {
            super(message);
        }
    }

    /** What a function throws to answer flag false with a reason. */
    private static final class Failure extends RuntimeException {
        final String reason;

        Failure(String reason, String message) {
            super(message);
            this.reason = reason;
        }
    }

    /** A function takes the JSON text of its parameter and returns the JSON text of its result. */
    private interface Function {
        String apply(String param) throws IOException;
    }

    private final InputStream source;
    private final OutputStream sink;
    private final Map<String, Function> functions = new TreeMap<>();
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private int lineBytes = 1 << 20;
    private String version = "";
    private String running;
    private long until = Long.MAX_VALUE;
    private int calls;

    private Worker(InputStream source, OutputStream sink) {
        this.source = source;
        this.sink = sink;
        addFunctions();
    }

    /** Runs the worker; whatever the program prints becomes a log line of standard error. */
    public static void main(String[] arguments) throws IOException {
        Worker worker = new Worker(
                new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16),
                new FileOutputStream(FileDescriptor.out));
        System.setIn(InputStream.nullInputStream());
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        int code;
        try {
            worker.serve();
            code = 0;
        } catch (Refused refused) {
            worker.running = null;
            worker.log("error", "refused: " + refused.getMessage());
            code = 65;
        }
        System.exit(code);
    }

    private void serve() throws IOException {
        boolean greeted = false;
        for (String line = next(); line != null; line = next()) {
            Json message = new Json(line);
            String type = message.text("type");
            if (type == null) {
                throw new Refused("a message without type");
            }
            if (greeted == type.equals("hello")) {
                throw new Refused(greeted ? "a second hello" : type + " before hello");
            }
            switch (type) {
                case "hello" -> {
                    greet(message);
                    greeted = true;
                }
                case "call" -> answer(message);
                case "cancel" -> { }
                case "bye" -> {
                    return;
                }
                default -> throw new Refused("the unknown message type " + type);
            }
        }
    }

    private void greet(Json hello) throws IOException {
        String protocols = hello.raw("protocols");
        if (protocols == null || !new Json(protocols).elements().contains("1")) {
            throw new Refused("no protocol in common: the host offers " + protocols + ", this worker speaks [1]");
        }
        if ("zygote".equals(hello.text("isolation"))) {
            throw new Refused("the isolation zygote: a forked child has one thread, and the locks of all of them");
        }
        if (hello.raw("limits") != null) {
            String bytes = new Json(hello.raw("limits")).raw("line_bytes");
            lineBytes = bytes == null ? lineBytes : Integer.parseInt(bytes);
        }
        version = hello.text("version");
        List<String> names = new ArrayList<>();
        functions.keySet().forEach(name -> names.add(Json.quote(name)));
        send("{\"type\":\"ready\",\"protocol\":1,\"sdk\":\"by hand\",\"language\":\"java\",\"functions\":["
                + String.join(",", names) + "]}");
    }

    private void answer(Json call) throws IOException {
        String name = call.text("function");
        running = call.raw("id");
        if (call.text("id") == null || call.text("id").isEmpty() || name == null) {
            throw new Refused("a call without id or function");
        }
        String param = call.raw("param");
        String timeout = call.raw("timeout_ms");
        until = timeout == null ? Long.MAX_VALUE : System.nanoTime() / 1_000_000 + Long.parseLong(timeout);
        String flag = "false";
        String reason = null;
        String result;
        try {
            Function function = functions.get(name);
            if (function == null) {
                throw new Failure("unknown-function",
                        "no function " + name + "; there is " + String.join(", ", functions.keySet()));
            }
            result = function.apply(param == null || param.equals("null") ? "{}" : param);
            flag = "true";
        } catch (Failure failure) {
            result = Json.quote(failure.getMessage());
            reason = failure.reason;
        } catch (RuntimeException error) {
            log("error", error.toString());
            result = Json.quote(error.toString());
            reason = "exception";
        }
        String line = result(flag, result, reason);
        int bytes = line.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > lineBytes) {
            String text = "the result takes a line of " + bytes + " bytes, the limit is " + lineBytes;
            line = result("false", Json.quote(text), "output-limit");
        }
        running = null;
        send(line);
    }

    private String result(String flag, String result, String reason) {
        return "{\"type\":\"result\",\"id\":" + running + ",\"flag\":" + flag + ",\"result\":" + result
                + (reason == null ? "}" : ",\"reason\":" + Json.quote(reason) + "}");
    }

    private void log(String level, String message) throws IOException {
        send("{\"type\":\"log\",\"level\":\"" + level + "\",\"message\":" + Json.quote(message)
                + (running == null ? "}" : ",\"id\":" + running + "}"));
    }

    private void progress(int percent, String message) throws IOException {
        send("{\"type\":\"progress\",\"id\":" + running + ",\"percent\":" + Math.max(0, Math.min(100, percent))
                + (message == null ? "}" : ",\"message\":" + Json.quote(message) + "}"));
    }

    private void send(String line) throws IOException {
        sink.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        sink.flush();
    }

    /** The next line of the host in its turn, or null at the end of input. */
    private String next() throws IOException {
        return waiting.isEmpty() ? read() : waiting.poll();
    }

    private String read() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        for (int one = source.read(); one != '\n'; one = source.read()) {
            if (one < 0) {
                if (line.size() > 0) {
                    throw new Refused("the input ends in the middle of a line");
                }
                return null;
            }
            line.write(one);
            if (line.size() > lineBytes) {
                throw new Refused("a line longer than " + lineBytes + " bytes");
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Reads what has come in, and says whether the running call is cancelled. Every other message keeps its turn. */
    private boolean cancelled() throws IOException {
        while (source.available() > 0) {
            String line = read();
            Json message = new Json(line);
            if ("cancel".equals(message.text("type")) && running.equals(message.raw("id"))) {
                return true;
            }
            waiting.add(line);
        }
        return false;
    }

    private static String text(String param, String key) {
        String text = new Json(param).text(key);
        if (text == null) {
            throw new Failure("bad-param", "pass the text " + key);
        }
        return text;
    }

    private static int number(String param, String key, int otherwise) {
        String raw = new Json(param).raw(key);
        return raw == null ? otherwise : Integer.parseInt(raw);
    }

    private void addFunctions() {
        functions.put("bad_param", param -> {
            throw new Failure("bad-param", "this parameter is never good enough");
        });
        functions.put("big", param -> Json.quote("x".repeat(number(param, "bytes", 0))));
        functions.put("count", param -> String.valueOf(++calls));
        functions.put("deadline", param -> {
            long left = until - System.nanoTime() / 1_000_000;
            return String.valueOf(left > 0 && left <= 1000L * number(param, "seconds", 0));
        });
        functions.put("deep", param -> {
            int levels = number(param, "levels", 1);
            return "[".repeat(levels) + "]".repeat(levels);
        });
        functions.put("echo", param -> param);
        functions.put("fail", param -> {
            throw new Failure(null, text(param, "text"));
        });
        functions.put("json", param -> "{\"null\":null,\"true\":true,\"false\":false,\"integer\":-7,"
                + "\"large\":9007199254740991,\"fraction\":0.5,\"text\":\"a \\\"quote\\\", a \\\\ and a /\","
                + "\"empty_text\":\"\",\"list\":[1,[2,[]]],\"object\":{\"empty\":{}}}");
        functions.put("log", param -> {
            String message = text(param, "text").repeat(number(param, "repeat", 1));
            for (String level : List.of("debug", "info", "warning", "error")) {
                log(level, message);
            }
            return "null";
        });
        functions.put("none", param -> "null");
        functions.put("print", param -> {
            System.out.println("{\"type\":\"result\",\"id\":\"1\",\"flag\":true,\"result\":\"printed\"}");
            System.out.print("without a newline");
            return "\"done\"";
        });
        functions.put("progress", param -> {
            progress(10, "begun");
            progress(100, "done");
            return "null";
        });
        functions.put("progress_flood", param -> {
            int times = number(param, "times", 1);
            long last = 0;
            for (int step = 0; step < times; step++) {
                long now = System.nanoTime();
                if (step == 0 || step == times - 1 || now - last >= 100_000_000) {
                    progress(step * 100 / times, null);
                    last = now;
                }
            }
            return "null";
        });
        functions.put("progress_wild", param -> {
            progress(250, null);
            progress(-3, null);
            return "null";
        });
        functions.put("raises", param -> {
            throw new IllegalStateException(text(param, "text"));
        });
        functions.put("secret", param -> {
            throw new IllegalStateException("this worker takes no secrets");
        });
        functions.put("stdin", param -> Json.quote(new String(System.in.readAllBytes(), StandardCharsets.UTF_8)));
        functions.put("unicode", param -> Json.quote(
                "Gr\u00fc\u00dfe, \u4e16\u754c, \ud83e\udddd \001\t\n\r \" \\ \177 \u2028 \ufeff"));
        functions.put("version", param -> Json.quote(version));
        functions.put("wait", param -> {
            long end = System.nanoTime() + 10_000_000_000L;
            while (System.nanoTime() < end) {
                if (cancelled()) {
                    throw new Failure("cancelled", "stopped");
                }
                LockSupport.parkNanos(5_000_000);
            }
            return Json.quote("nobody cancelled");
        });
    }

    /** One JSON value, read by its outermost level: the values inside stay text. */
    private static final class Json {
        private final String text;
        private final Map<String, String> members = new TreeMap<>();
        private final List<String> elements = new ArrayList<>();
        private int at;

        Json(String text) {
            this.text = text;
            skipSpaces();
            char first = at < text.length() ? text.charAt(at) : 0;
            if (first != '{' && first != '[') {
                throw new Refused("the line is not a JSON object");
            }
            at++;
            skipSpaces();
            while (peek() != '}' && peek() != ']') {
                String key = null;
                if (first == '{') {
                    key = unquote(value());
                    skipSpaces();
                    expect(':');
                }
                String value = value();
                if (key == null) {
                    elements.add(value);
                } else {
                    members.put(key, value);
                }
                skipSpaces();
                if (peek() == ',') {
                    at++;
                }
                skipSpaces();
            }
        }

        /** The JSON text of a member, or null. */
        String raw(String key) {
            return members.get(key);
        }

        /** A member that is a text, or null. */
        String text(String key) {
            String raw = members.get(key);
            return raw == null || !raw.startsWith("\"") ? null : unquote(raw);
        }

        /** The JSON texts of a list's elements. */
        List<String> elements() {
            return elements;
        }

        private char peek() {
            if (at >= text.length()) {
                throw new Refused("the line is not JSON: it ends too early");
            }
            return text.charAt(at);
        }

        private void expect(char wanted) {
            if (peek() != wanted) {
                throw new Refused("the line is not JSON: no " + wanted + " at " + at);
            }
            at++;
        }

        private void skipSpaces() {
            while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        /** Takes the value that comes next. */
        private String value() {
            skipSpaces();
            int begin = at;
            int depth = 0;
            do {
                char one = peek();
                if (one == '"') {
                    skipText();
                } else if (one == '{' || one == '[') {
                    depth++;
                    at++;
                } else if (one == '}' || one == ']') {
                    depth--;
                    at++;
                } else if (depth > 0) {
                    at++;
                } else {
                    while (at < text.length() && ",]}: \t\r".indexOf(text.charAt(at)) < 0) {
                        at++;
                    }
                }
            } while (depth > 0);
            if (at == begin) {
                throw new Refused("the line is not JSON: no value at " + at);
            }
            return text.substring(begin, at);
        }

        private void skipText() {
            at++;
            while (peek() != '"') {
                at += peek() == '\\' ? 2 : 1;
            }
            at++;
        }

        static String quote(String value) {
            StringBuilder out = new StringBuilder(value.length() + 2).append('"');
            for (int index = 0; index < value.length(); index++) {
                char one = value.charAt(index);
                if (one == '"' || one == '\\') {
                    out.append('\\').append(one);
                } else if (one < ' ') {
                    out.append(String.format("\\u%04x", (int) one));
                } else {
                    out.append(one);
                }
            }
            return out.append('"').toString();
        }

        static String unquote(String raw) {
            if (!raw.startsWith("\"")) {
                throw new Refused("the line is not JSON: a key that is no text");
            }
            StringBuilder out = new StringBuilder(raw.length());
            for (int index = 1; index < raw.length() - 1; index++) {
                char one = raw.charAt(index);
                if (one == '\\') {
                    one = raw.charAt(++index);
                    int known = "bfnrt".indexOf(one);
                    if (one == 'u') {
                        one = (char) Integer.parseInt(raw.substring(index + 1, index + 5), 16);
                        index += 4;
                    } else if (known >= 0) {
                        one = "\b\f\n\r\t".charAt(known);
                    }
                }
                out.append(one);
            }
            return out.toString();
        }
    }
}
