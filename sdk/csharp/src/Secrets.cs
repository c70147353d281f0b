using System;
using System.Collections.Generic;

namespace Elves.Protocol
{
    /// <summary>The app's secrets: read once, kept in memory only.</summary>
    internal sealed class Secrets
    {
        private const int LongestBytes = 65536;

        private readonly Dictionary<string, string> texts = new Dictionary<string, string>();

        /// <summary>Takes secrets from a test, or none.</summary>
        public static Secrets Of(Dictionary<string, string> given)
        {
            var secrets = new Secrets();
            foreach (var one in given ?? new Dictionary<string, string>())
                secrets.texts.Add(one.Key, one.Value);
            return secrets;
        }

        /// <summary>Reads a descriptor to its end and closes it. Errors never hold what was read.</summary>
        public static Secrets Read(int descriptor)
        {
            var secrets = new Secrets();
            if (descriptor < 0)
                return secrets;
            // A copy waits for what is still to come; the descriptor itself is as the host has left it.
            var source = Libc.PrivateCopy(descriptor);
            Libc.close(descriptor);
            var bytes = new byte[LongestBytes + 1];
            var count = 0;
            while (count < bytes.Length)
            {
                var got = (int)Libc.read(source, ref bytes[count], (IntPtr)(bytes.Length - count));
                if (got < 0 && System.Runtime.InteropServices.Marshal.GetLastWin32Error() == Libc.Interrupted)
                    continue;
                if (got < 0)
                    throw new Refused("the secrets cannot be read from descriptor " + descriptor);
                if (got == 0)
                    break;
                count += got;
            }
            Libc.close(source);
            if (count > LongestBytes)
                throw new Refused("the secrets are longer than " + LongestBytes + " bytes");
            secrets.Take(bytes, count);
            Array.Clear(bytes, 0, count);
            return secrets;
        }

        /// <summary>Returns a secret; an error names those there are.</summary>
        public string Get(string name)
        {
            string text;
            if (texts.TryGetValue(name, out text))
                return text;
            var names = new string[texts.Count];
            texts.Keys.CopyTo(names, 0);
            Array.Sort(names, string.CompareOrdinal);
            throw new KeyNotFoundException(
                "no secret " + Json.Shown(name) + "; there is "
                + (names.Length == 0 ? "none" : string.Join(", ", names)));
        }

        private void Take(byte[] bytes, int count)
        {
            Dictionary<string, object> members;
            try
            {
                members = new JsonReader(bytes, 0, count, Json.Depth).Whole() as Dictionary<string, object>;
            }
            catch (JsonError)
            {
                members = null;
            }
            if (members == null)
                throw new Refused("the secrets are no JSON object");
            foreach (var member in members)
            {
                var text = member.Value as string;
                if (text == null)
                    throw new Refused("the secrets hold something that is no text");
                texts.Add(member.Key, text);
            }
        }
    }
}
