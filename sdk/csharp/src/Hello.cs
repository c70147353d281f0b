using System.Collections.Generic;
using System.Text;

namespace Elves.Protocol
{
    /// <summary>What the worker is told before anything else.</summary>
    internal sealed class Hello
    {
        /// <summary>The one version of the protocol that this SDK speaks.</summary>
        public const int ProtocolVersion = 1;

        /// <summary>Limits that hold until a hello says otherwise.</summary>
        public const int LineBytes = 1048576;

        private Hello()
        {
        }

        public string App { get; private set; }

        /// <summary>The app's version, null when the host does not say.</summary>
        public string Version { get; private set; }

        public int LineLimit { get; private set; }

        public int Depth { get; private set; }

        /// <summary>The descriptor with the app's secrets, or -1 when there are none.</summary>
        public int SecretsDescriptor { get; private set; }

        /// <summary>Reads the first message, or throws <see cref="Refused"/>.</summary>
        public static Hello Read(Message message)
        {
            if (message.Type != "hello")
                throw new Refused(message.Type + " before hello");
            var hello = new Hello { App = Name(message, "app"), Version = message["version"] as string };
            Name(message, "entry");
            Agree(message["protocols"] as List<object>);
            var limits = message["limits"] as Dictionary<string, object>;
            if (limits == null && message["limits"] != null)
                throw new Refused("hello with limits that are no object");
            hello.LineLimit = Limit(limits, "line_bytes", LineBytes);
            hello.Depth = Limit(limits, "depth", Json.Depth);
            if (message["scratch"] != null && !(message["scratch"] is string))
                throw new Refused("hello with a scratch that is no text");
            CheckIsolation(message["isolation"]);
            hello.SecretsDescriptor = Descriptor(message["secrets_descriptor"]);
            return hello;
        }

        private static string Name(Message message, string field)
        {
            var name = message[field] as string;
            if (string.IsNullOrEmpty(name))
                throw new Refused("hello without " + field);
            return name;
        }

        private static void Agree(List<object> offered)
        {
            if (offered == null)
                throw new Refused("hello without protocols");
            var names = new StringBuilder();
            foreach (var one in offered)
            {
                if (one is long && (long)one == ProtocolVersion)
                    return;
                names.Append(names.Length == 0 ? "" : ", ").Append(one is long ? one.ToString() : "what is no number");
            }
            throw new Refused(
                "no protocol in common: the host offers [" + names + "], this worker speaks [" + ProtocolVersion + "]");
        }

        private static int Limit(Dictionary<string, object> limits, string key, int otherwise)
        {
            object value = null;
            if (limits == null || !limits.TryGetValue(key, out value))
                return otherwise;
            if (!(value is long) || (long)value < 1)
                throw new Refused("the limit " + key + " is no integer above 0");
            return (long)value < int.MaxValue / 4 ? (int)(long)value : int.MaxValue / 4;
        }

        private static void CheckIsolation(object isolation)
        {
            if (isolation == null || "resident".Equals(isolation) || "fresh".Equals(isolation))
                return;
            var name = isolation is string ? Json.Shown((string)isolation) : "what is no text";
            // A forked child of this runtime has one thread and the locks of all: its collector would wait for ever.
            throw new Refused("the isolation " + name + " is not offered in C#; there are resident and fresh");
        }

        private static int Descriptor(object value)
        {
            if (value == null)
                return -1;
            if (!(value is long) || (long)value < 3 || (long)value > int.MaxValue)
                throw new Refused("hello with a secrets_descriptor that is no descriptor from 3 on");
            return (int)(long)value;
        }
    }
}
