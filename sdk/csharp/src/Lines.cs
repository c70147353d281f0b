using System.Globalization;

namespace Elves.Protocol
{
    /// <summary>Composes the lines of a worker, each within a limit of bytes.</summary>
    internal sealed class Lines
    {
        private const int LongestProgress = 1000;

        private static readonly string[] levels = { "debug", "info", "warning", "error" };

        private readonly JsonWriter line;

        /// <summary>Composes in a writer, which then holds one line without its line feed.</summary>
        public Lines(JsonWriter line)
        {
            this.line = line;
            Limit = Hello.LineBytes;
        }

        /// <summary>The longest line in bytes.</summary>
        public int Limit { get; set; }

        /// <summary>The answer to a hello.</summary>
        public void Ready(string[] functions)
        {
            Begin("ready").Raw(",\"protocol\":" + Hello.ProtocolVersion + ",\"sdk\":\"elves-csharp " + Host.SdkVersion
                + "\",\"language\":\"csharp\",\"functions\":");
            line.Value(functions, 1);
            line.Raw("}");
        }

        /// <summary>A log line; what does not fit is cut, and the line says so.</summary>
        public void Log(Level level, string message, string call)
        {
            PutLog(level, message, call);
            if (line.Length <= Limit)
                return;
            PutLog(level, "", call);
            // One letter takes at most six bytes, as an escape.
            var room = System.Math.Max(0, Limit - line.Length - 80) / 6;
            if (room > 0 && room < message.Length && char.IsHighSurrogate(message[room - 1]))
                room--;
            PutLog(level, message.Substring(0, System.Math.Min(room, message.Length)) + "... (cut, " + message.Length
                + " characters in all)", call);
        }

        /// <summary>How far a call is.</summary>
        public void Progress(string call, double? percent, string message)
        {
            Begin("progress").Raw(",\"id\":").Text(call);
            if (percent != null)
                line.Raw(",\"percent\":").Raw(percent.Value.ToString("R", CultureInfo.InvariantCulture));
            if (message != null)
            {
                var room = System.Math.Min(LongestProgress, Limit / 8);
                if (message.Length > room)
                    message = message.Substring(0, char.IsHighSurrogate(message[room - 1]) ? room - 1 : room);
                line.Raw(",\"message\":").Text(message);
            }
            line.Raw("}");
        }

        /// <summary>The answer to a call; a result that does not fit is replaced.</summary>
        public void Result(string call, bool flag, JsonWriter result, string reason)
        {
            PutResult(call, flag, reason).Raw(result).Raw("}");
            if (line.Length <= Limit)
                return;
            var text = "the result takes a line of " + line.Length + " bytes, the limit is " + Limit;
            PutResult(call, false, "output-limit").Text(text).Raw("}");
        }

        private JsonWriter PutResult(string call, bool flag, string reason)
        {
            Begin("result").Raw(",\"id\":").Text(call).Raw(flag ? ",\"flag\":true" : ",\"flag\":false");
            if (reason != null)
                line.Raw(",\"reason\":\"").Raw(reason).Raw("\"");
            return line.Raw(",\"result\":");
        }

        private void PutLog(Level level, string message, string call)
        {
            Begin("log").Raw(",\"level\":\"").Raw(levels[(int)level]).Raw("\",\"message\":").Text(message);
            if (call != null)
                line.Raw(",\"id\":").Text(call);
            line.Raw("}");
        }

        private JsonWriter Begin(string type)
        {
            line.Clear();
            return line.Raw("{\"type\":\"").Raw(type).Raw("\"");
        }
    }
}
