using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// A connection through a local socket.
///
/// The class libraries could do it, but they set options on every socket, which the sandbox refuses.
/// </summary>
internal sealed class LocalStream : Stream
{
    private const string Library = "libc.so.6";
    private const int Unix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;
    private const int NoSignal = 0x4000;
    private const int BothWays = 2;
    private const int Interrupted = 4;

    private readonly object gate = new object();

    // Over both: a number that is closed may soon be that of another file.
    private int descriptor = -1;
    private bool isStopped;

    public override bool CanRead
    {
        get { return true; }
    }

    public override bool CanWrite
    {
        get { return true; }
    }

    public override bool CanSeek
    {
        get { return false; }
    }

    public override long Length
    {
        get { throw new NotSupportedException(); }
    }

    public override long Position
    {
        get { throw new NotSupportedException(); }
        set { throw new NotSupportedException(); }
    }

    /// <summary>Connects with the socket at a path; throws <see cref="Problem"/>.</summary>
    public void Connect(string path)
    {
        // struct sockaddr_un: the family in two bytes, the path, a zero.
        var address = new byte[2 + 108];
        address[0] = Unix;
        var bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length >= 108)
            throw new Problem("the path of the proxy is too long: " + path);
        Array.Copy(bytes, 0, address, 2, bytes.Length);
        lock (gate)
        {
            if (isStopped)
                throw new Problem("the connection was stopped");
            descriptor = socket(Unix, StreamCloseOnExec, 0);
        }
        if (descriptor < 0)
            throw new Problem("a local socket cannot be made: error " + Marshal.GetLastWin32Error());
        if (connect(descriptor, address, 2 + bytes.Length + 1) < 0)
            throw new Problem("the proxy of the host cannot be reached: error " + Marshal.GetLastWin32Error());
    }

    /// <summary>Ends the connection from another thread: whoever reads or writes comes to its end.</summary>
    public void Stop()
    {
        lock (gate)
        {
            isStopped = true;
            if (descriptor >= 0)
                shutdown(descriptor, BothWays);
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (count == 0)
            return 0;
        while (true)
        {
            var got = (int)recv(descriptor, ref buffer[offset], (IntPtr)count, 0);
            if (got >= 0)
                return got;
            Check("read");
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        while (count > 0)
        {
            var put = (int)send(descriptor, ref buffer[offset], (IntPtr)count, NoSignal);
            if (put < 0)
            {
                Check("write");
                continue;
            }
            offset += put;
            count -= put;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        throw new NotSupportedException();
    }

    public override void SetLength(long value)
    {
        throw new NotSupportedException();
    }

    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            if (descriptor >= 0)
                close(descriptor);
            descriptor = -1;
            isStopped = true;
        }
    }

    private static void Check(string what)
    {
        var number = Marshal.GetLastWin32Error();
        if (number != Interrupted)
            throw new IOException("cannot " + what + ", error " + number);
    }

    [DllImport(Library, SetLastError = true)]
    private static extern int socket(int family, int type, int protocol);

    [DllImport(Library, SetLastError = true)]
    private static extern int connect(int descriptor, byte[] address, int length);

    [DllImport(Library)]
    private static extern int shutdown(int descriptor, int how);

    [DllImport(Library)]
    private static extern int close(int descriptor);

    [DllImport(Library, SetLastError = true)]
    private static extern IntPtr recv(int descriptor, ref byte into, IntPtr count, int flags);

    [DllImport(Library, SetLastError = true)]
    private static extern IntPtr send(int descriptor, ref byte from, IntPtr count, int flags);
}
