using System.Collections.Generic;

namespace Elves.Protocol
{
    /// <summary>A message of the host, after a look at what every part of the worker relies on.</summary>
    internal sealed class Message
    {
        private readonly Dictionary<string, object> fields;

        private Message(Dictionary<string, object> fields)
        {
            this.fields = fields;
            Type = this["type"] as string;
        }

        public string Type { get; private set; }

        /// <summary>The id of a call or cancel.</summary>
        public string Id { get; private set; }

        /// <summary>The function of a call.</summary>
        public string Function { get; private set; }

        /// <summary>The time of a call in milliseconds, or null when there is no limit.</summary>
        public double? Timeout { get; private set; }

        /// <summary>A field, null when it is not there.</summary>
        public object this[string name]
        {
            get
            {
                object value;
                fields.TryGetValue(name, out value);
                return value;
            }
        }

        /// <summary>Returns the message on a line, or throws <see cref="Refused"/>.</summary>
        public static Message Parse(byte[] bytes, int begin, int end, int depth)
        {
            object value;
            try
            {
                value = new JsonReader(bytes, begin, end, depth).Whole();
            }
            catch (JsonError error)
            {
                throw new Refused("the line is not JSON: " + error.Message);
            }
            var fields = value as Dictionary<string, object>;
            if (fields == null)
                throw new Refused("a message is a JSON object");
            var message = new Message(fields);
            switch (message.Type)
            {
                case "call":
                    message.ReadCall();
                    break;
                case "cancel":
                    message.Id = message["id"] as string;
                    if (message.Id == null)
                        throw new Refused("cancel without id");
                    break;
                case "hello":
                case "bye":
                    break;
                case null:
                    throw new Refused("a message without type");
                default:
                    throw new Refused("the unknown message type " + Json.Shown(message.Type));
            }
            return message;
        }

        private void ReadCall()
        {
            Id = this["id"] as string;
            if (string.IsNullOrEmpty(Id))
                throw new Refused("call without id");
            Function = this["function"] as string;
            if (Function == null)
                throw new Refused("call without function");
            var timeout = this["timeout_ms"];
            if (timeout is long)
                Timeout = (long)timeout;
            else if (timeout is double)
                Timeout = (double)timeout;
            else if (timeout != null)
                throw new Refused("call with a timeout_ms that is no number");
            if (Timeout < 0)
                throw new Refused("call with a timeout_ms below 0");
        }
    }
}
