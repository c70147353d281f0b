using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Elves.Protocol
{
    /// <summary>The lines of the host, however they are cut into reads.</summary>
    internal sealed class Input
    {
        private readonly int descriptor;
        private readonly List<Message> waiting = new List<Message>();
        private byte[] buffer = new byte[16384];
        private int begin;
        private int searched;
        private int end;
        private bool hasEnded;

        public Input(int descriptor)
        {
            this.descriptor = descriptor;
            LineLimit = Hello.LineBytes;
            Depth = Json.Depth;
        }

        public int LineLimit { get; set; }

        public int Depth { get; set; }

        /// <summary>Waits for the next message; returns null at the end of input.</summary>
        public Message Next()
        {
            if (waiting.Count > 0)
            {
                var first = waiting[0];
                waiting.RemoveAt(0);
                return first;
            }
            while (true)
            {
                var message = Take();
                if (message != null)
                    return message;
                if (!Fill())
                {
                    if (begin < end)
                        throw new Refused("the input ends in the middle of a line");
                    return null;
                }
            }
        }

        /// <summary>
        /// Looks for the cancel of a call in what has come in, without waiting; every message keeps its turn.
        /// </summary>
        public bool HasCancel(string call)
        {
            while (!hasEnded && end - begin < 2 * (long)LineLimit && IsReadable() && Fill())
            {
                for (var message = Take(); message != null; message = Take())
                    waiting.Add(message);
            }
            // What the last wait for a line has read beyond it.
            for (var message = Take(); message != null; message = Take())
                waiting.Add(message);
            foreach (var message in waiting)
            {
                if (message.Type == "cancel" && message.Id == call)
                    return true;
            }
            return false;
        }

        /// <summary>Takes a whole line out of the bytes read so far, or returns null.</summary>
        private Message Take()
        {
            var feed = Array.IndexOf(buffer, (byte)'\n', searched, end - searched);
            searched = end;
            if ((feed < 0 ? end : feed) - begin > LineLimit)
                throw new Refused("a line longer than " + LineLimit + " bytes");
            if (feed < 0)
                return null;
            var from = begin;
            begin = searched = feed + 1;
            return Message.Parse(buffer, from, feed, Depth);
        }

        /// <summary>Reads what has come in, waiting for it; returns false at the end of input.</summary>
        private bool Fill()
        {
            if (hasEnded)
                return false;
            MakeRoom();
            int got;
            do
            {
                got = (int)Libc.read(descriptor, ref buffer[end], (IntPtr)(buffer.Length - end));
            }
            while (got < 0 && Marshal.GetLastWin32Error() == Libc.Interrupted);
            if (got < 0)
                Output.GiveUp("read");
            hasEnded = got == 0;
            end += got;
            return !hasEnded;
        }

        private void MakeRoom()
        {
            if (begin == end)
            {
                begin = searched = end = 0;
            }
            else if (end == buffer.Length && begin > 0)
            {
                Array.Copy(buffer, begin, buffer, 0, end - begin);
                end -= begin;
                searched -= begin;
                begin = 0;
            }
            if (end == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }

        private bool IsReadable()
        {
            var entry = new Libc.PollEntry { Descriptor = descriptor, Wanted = Libc.PollIn };
            return Libc.poll(ref entry, (IntPtr)1, 0) > 0;
        }
    }
}
